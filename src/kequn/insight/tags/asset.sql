-- Now = balances at the end of the last closed month + changes of the open month. Averages divide sums of day-ends
-- by the days of their month; the open month counts the days so far. A month's lowest average counts only after the
-- month of the first balance, so that a newcomer is not measured by days before the account was there.
WITH by_account AS (
  SELECT
    account_id,
    converted,
    isum(CASE WHEN valid_from >= month_start(as_of()) THEN change_fen ELSE 0 END) AS change_fen,
    isum(CASE WHEN valid_from >= month_start(as_of()) THEN change_fen * (days_between(valid_from, as_of()) + 1)
      ELSE 0 END) AS day_sum,
    isum(CASE WHEN NOT converted THEN change_fen ELSE 0 END) AS trend_fen
  FROM worth
  WHERE valid_from > add_days(as_of(), -90)
  GROUP BY account_id, converted
),
recent AS (
  SELECT
    account.customer_id,
    isum(CASE WHEN account.asset_class = 'deposit' AND COALESCE(account.term, 'demand') <> 'time'
      THEN by_account.change_fen ELSE 0 END) AS demand_fen,
    isum(CASE WHEN account.asset_class = 'deposit' AND account.term = 'time'
      THEN by_account.change_fen ELSE 0 END) AS time_fen,
    isum(CASE WHEN account.asset_class = 'wealth' THEN by_account.change_fen ELSE 0 END) AS wealth_fen,
    isum(CASE WHEN account.asset_class = 'fund' THEN by_account.change_fen ELSE 0 END) AS fund_fen,
    isum(CASE WHEN account.asset_class = 'insurance' THEN by_account.change_fen ELSE 0 END) AS insurance_fen,
    isum(CASE WHEN account.asset_class = 'metal' THEN by_account.change_fen ELSE 0 END) AS metal_fen,
    isum(CASE WHEN account.asset_class = 'other' THEN by_account.change_fen ELSE 0 END) AS other_fen,
    isum(by_account.day_sum) AS day_sum,
    isum(by_account.trend_fen) AS trend_fen
  FROM by_account
  JOIN account ON by_account.account_id = account.account_id
    AND by_account.converted = (account.currency <> setting('bank.currency'))
  GROUP BY account.customer_id
),
summed AS (
  SELECT
    base.customer_id,
    history.first_month,
    COALESCE(history.opening_demand_fen, 0) + COALESCE(recent.demand_fen, 0) AS demand_fen,
    COALESCE(history.opening_time_fen, 0) + COALESCE(recent.time_fen, 0) AS time_fen,
    COALESCE(history.opening_wealth_fen, 0) + COALESCE(recent.wealth_fen, 0) AS wealth_fen,
    COALESCE(history.opening_fund_fen, 0) + COALESCE(recent.fund_fen, 0) AS fund_fen,
    COALESCE(history.opening_insurance_fen, 0) + COALESCE(recent.insurance_fen, 0) AS insurance_fen,
    COALESCE(history.opening_metal_fen, 0) + COALESCE(recent.metal_fen, 0) AS metal_fen,
    COALESCE(history.opening_other_fen, 0) + COALESCE(recent.other_fen, 0) AS other_fen,
    COALESCE(history.opening_fen * EXTRACT(DAY FROM as_of()), 0) + COALESCE(recent.day_sum, 0) AS day_sum,
    COALESCE(history.day_sum_1, 0) AS day_sum_1,
    COALESCE(history.day_sum_2, 0) AS day_sum_2,
    COALESCE(history.day_sum_3, 0) AS day_sum_3,
    COALESCE(history.day_sum_4, 0) AS day_sum_4,
    COALESCE(history.day_sum_5, 0) AS day_sum_5,
    COALESCE(history.day_sum_6, 0) AS day_sum_6,
    COALESCE(history.day_sum_7, 0) AS day_sum_7,
    COALESCE(history.day_sum_8, 0) AS day_sum_8,
    COALESCE(history.day_sum_9, 0) AS day_sum_9,
    COALESCE(history.day_sum_10, 0) AS day_sum_10,
    COALESCE(history.day_sum_11, 0) AS day_sum_11,
    COALESCE(recent.trend_fen, 0) + COALESCE(topic_foreign.aum_foreign_trend_90d, 0) AS trend_fen
  FROM customer_base AS base
  LEFT JOIN balance_history AS history ON base.customer_id = history.customer_id
  LEFT JOIN recent ON base.customer_id = recent.customer_id
  LEFT JOIN topic_foreign ON base.customer_id = topic_foreign.customer_id
),
averaged AS (
  SELECT
    customer_id, first_month, trend_fen, day_sum,
    demand_fen, time_fen, wealth_fen, fund_fen, insurance_fen, metal_fen, other_fen,
    demand_fen + time_fen + wealth_fen + fund_fen + insurance_fen + metal_fen + other_fen AS aum,
    round_div(day_sum, EXTRACT(DAY FROM as_of())) AS average_0,
    round_div(day_sum_1, days_in_month(add_months(as_of(), -1))) AS average_1,
    round_div(day_sum_2, days_in_month(add_months(as_of(), -2))) AS average_2,
    round_div(day_sum_3, days_in_month(add_months(as_of(), -3))) AS average_3,
    round_div(day_sum_4, days_in_month(add_months(as_of(), -4))) AS average_4,
    round_div(day_sum_5, days_in_month(add_months(as_of(), -5))) AS average_5,
    round_div(day_sum_6, days_in_month(add_months(as_of(), -6))) AS average_6,
    round_div(day_sum_7, days_in_month(add_months(as_of(), -7))) AS average_7,
    round_div(day_sum_8, days_in_month(add_months(as_of(), -8))) AS average_8,
    round_div(day_sum_9, days_in_month(add_months(as_of(), -9))) AS average_9,
    round_div(day_sum_10, days_in_month(add_months(as_of(), -10))) AS average_10,
    round_div(day_sum_11, days_in_month(add_months(as_of(), -11))) AS average_11,
    day_sum + CASE MOD(EXTRACT(MONTH FROM as_of()) - 1, 3) WHEN 0 THEN 0 WHEN 1 THEN day_sum_1
      ELSE day_sum_1 + day_sum_2 END AS quarter_sum,
    CASE MOD(EXTRACT(MONTH FROM as_of()) - 1, 3) WHEN 0 THEN day_sum_1 + day_sum_2 + day_sum_3
      WHEN 1 THEN day_sum_2 + day_sum_3 + day_sum_4 ELSE day_sum_3 + day_sum_4 + day_sum_5 END AS last_quarter_sum,
    add_months(month_start(as_of()), 0 - MOD(EXTRACT(MONTH FROM as_of()) - 1, 3)) AS quarter_start
  FROM summed
)
SELECT
  customer_id,
  aum,
  demand_fen + time_fen AS aum_deposit,
  demand_fen AS aum_demand,
  time_fen AS aum_time,
  wealth_fen AS aum_wealth,
  fund_fen AS aum_fund,
  insurance_fen AS aum_insurance,
  metal_fen AS aum_metal,
  other_fen AS aum_other,
  day_sum AS aum_day_sum,
  average_0 AS aum_month_avg,
  average_1 AS aum_last_month_avg,
  average_2 AS aum_month_before_last_avg,
  round_div(quarter_sum, days_between(quarter_start, as_of()) + 1) AS aum_quarter_avg,
  round_div(last_quarter_sum, days_between(add_months(quarter_start, -3), quarter_start)) AS aum_last_quarter_avg,
  GREATEST(average_0, average_1, average_2, average_3, average_4, average_5, average_6,
    average_7, average_8, average_9, average_10, average_11) AS aum_high_12m,
  LEAST(average_0,
    CASE WHEN first_month < add_months(month_start(as_of()), -1) THEN average_1 END,
    CASE WHEN first_month < add_months(month_start(as_of()), -2) THEN average_2 END,
    CASE WHEN first_month < add_months(month_start(as_of()), -3) THEN average_3 END,
    CASE WHEN first_month < add_months(month_start(as_of()), -4) THEN average_4 END,
    CASE WHEN first_month < add_months(month_start(as_of()), -5) THEN average_5 END,
    CASE WHEN first_month < add_months(month_start(as_of()), -6) THEN average_6 END,
    CASE WHEN first_month < add_months(month_start(as_of()), -7) THEN average_7 END,
    CASE WHEN first_month < add_months(month_start(as_of()), -8) THEN average_8 END,
    CASE WHEN first_month < add_months(month_start(as_of()), -9) THEN average_9 END,
    CASE WHEN first_month < add_months(month_start(as_of()), -10) THEN average_10 END,
    CASE WHEN first_month < add_months(month_start(as_of()), -11) THEN average_11 END) AS aum_low_12m,
  trend_fen AS aum_trend_90d,
  share(trend_fen, aum - trend_fen) AS aum_trend_90d_share
FROM averaged
