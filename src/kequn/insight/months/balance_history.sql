-- What the months before the open one say of each customer's balances: the opening balance of the open month by
-- class, for each of the twelve months before it the sum of day-ends (day_sum_1 is the latest), and a peak that no
-- day-end has passed: the sum of every account's highest.
-- A change counts once for each day that it stood at the end of (age); what came before the twelve months stood
-- throughout them. through_2 sums the day-ends of the twelve months up to the end of the second month back.
WITH aged AS (
  SELECT account_id, converted, valid_from, balance_fen, change_fen,
    days_between(GREATEST(valid_from, add_months(month_start(as_of()), -12)), month_start(as_of())) AS age
  FROM worth
  WHERE valid_from < month_start(as_of())
),
by_account AS (
  SELECT
    account_id,
    converted,
    MIN(valid_from) AS first_day,
    MAX(balance_fen) AS peak_fen,
    isum(change_fen) AS opening_fen,
    isum(change_fen * age) AS through_1,
    isum(change_fen * GREATEST(age - days_between(add_months(month_start(as_of()), -1), month_start(as_of())), 0)) AS through_2,
    isum(change_fen * GREATEST(age - days_between(add_months(month_start(as_of()), -2), month_start(as_of())), 0)) AS through_3,
    isum(change_fen * GREATEST(age - days_between(add_months(month_start(as_of()), -3), month_start(as_of())), 0)) AS through_4,
    isum(change_fen * GREATEST(age - days_between(add_months(month_start(as_of()), -4), month_start(as_of())), 0)) AS through_5,
    isum(change_fen * GREATEST(age - days_between(add_months(month_start(as_of()), -5), month_start(as_of())), 0)) AS through_6,
    isum(change_fen * GREATEST(age - days_between(add_months(month_start(as_of()), -6), month_start(as_of())), 0)) AS through_7,
    isum(change_fen * GREATEST(age - days_between(add_months(month_start(as_of()), -7), month_start(as_of())), 0)) AS through_8,
    isum(change_fen * GREATEST(age - days_between(add_months(month_start(as_of()), -8), month_start(as_of())), 0)) AS through_9,
    isum(change_fen * GREATEST(age - days_between(add_months(month_start(as_of()), -9), month_start(as_of())), 0)) AS through_10,
    isum(change_fen * GREATEST(age - days_between(add_months(month_start(as_of()), -10), month_start(as_of())), 0)) AS through_11,
    isum(change_fen * GREATEST(age - days_between(add_months(month_start(as_of()), -11), month_start(as_of())), 0)) AS through_12
  FROM aged
  GROUP BY account_id, converted
)
SELECT
  identity.customer_id,
  month_start(MIN(by_account.first_day)) AS first_month,
  isum(GREATEST(by_account.peak_fen, 0)) AS peak_fen,
  isum(by_account.opening_fen) AS opening_fen,
  isum(CASE WHEN account.asset_class = 'deposit' AND COALESCE(account.term, 'demand') <> 'time'
    THEN by_account.opening_fen ELSE 0 END) AS opening_demand_fen,
  isum(CASE WHEN account.asset_class = 'deposit' AND account.term = 'time'
    THEN by_account.opening_fen ELSE 0 END) AS opening_time_fen,
  isum(CASE WHEN account.asset_class = 'wealth' THEN by_account.opening_fen ELSE 0 END) AS opening_wealth_fen,
  isum(CASE WHEN account.asset_class = 'fund' THEN by_account.opening_fen ELSE 0 END) AS opening_fund_fen,
  isum(CASE WHEN account.asset_class = 'insurance' THEN by_account.opening_fen ELSE 0 END) AS opening_insurance_fen,
  isum(CASE WHEN account.asset_class = 'metal' THEN by_account.opening_fen ELSE 0 END) AS opening_metal_fen,
  isum(CASE WHEN account.asset_class = 'other' THEN by_account.opening_fen ELSE 0 END) AS opening_other_fen,
  isum(by_account.through_1 - by_account.through_2) AS day_sum_1,
  isum(by_account.through_2 - by_account.through_3) AS day_sum_2,
  isum(by_account.through_3 - by_account.through_4) AS day_sum_3,
  isum(by_account.through_4 - by_account.through_5) AS day_sum_4,
  isum(by_account.through_5 - by_account.through_6) AS day_sum_5,
  isum(by_account.through_6 - by_account.through_7) AS day_sum_6,
  isum(by_account.through_7 - by_account.through_8) AS day_sum_7,
  isum(by_account.through_8 - by_account.through_9) AS day_sum_8,
  isum(by_account.through_9 - by_account.through_10) AS day_sum_9,
  isum(by_account.through_10 - by_account.through_11) AS day_sum_10,
  isum(by_account.through_11 - by_account.through_12) AS day_sum_11,
  isum(by_account.through_12) AS day_sum_12
FROM by_account
JOIN account ON by_account.account_id = account.account_id
  AND by_account.converted = (account.currency <> setting('bank.currency'))
JOIN identity ON account.party_id = identity.party_id
GROUP BY identity.customer_id
