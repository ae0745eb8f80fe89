-- What became of each customer of at_start (customer_id, tier_rank: their tags on as_of()) within the days after it.
-- left_bank: the average day-end AUM of the days after is lower than that of as many days before by the share that
-- counts as a fall, or a month's end found a lower tier, or next to nothing was left when the days were over.
-- shown_in: the third of these days by whose end it showed (the last one where only the average tells), else NULL.
-- Reads the tables of a later day: worth_ever, account, tier_month and customer (tier_rank); horizon holds that day.
WITH moved AS (
  SELECT account.customer_id, worth.valid_from, worth.change_fen,
    add_days(as_of(), setting('scores.outcome_days')) AS until_on,
    add_days(as_of(), 1 - setting('scores.outcome_days')) AS since_on,
    add_days(as_of(), setting('scores.outcome_days') // 3) AS first_on,
    add_days(as_of(), setting('scores.outcome_days') * 2 // 3) AS second_on
  FROM worth_ever AS worth
  JOIN account ON worth.account_id = account.account_id
    AND worth.converted = (account.currency <> setting('bank.currency'))
),
summed AS (
  SELECT
    customer_id,
    isum(CASE WHEN valid_from <= as_of() THEN change_fen ELSE 0 END) AS start_fen,
    isum(CASE WHEN valid_from <= first_on THEN change_fen ELSE 0 END) AS first_fen,
    isum(CASE WHEN valid_from <= second_on THEN change_fen ELSE 0 END) AS second_fen,
    isum(change_fen) AS end_fen,
    isum(CASE WHEN valid_from <= as_of()
      THEN change_fen * (days_between(GREATEST(valid_from, since_on), as_of()) + 1) ELSE 0 END) AS before_sum,
    isum(change_fen * (days_between(GREATEST(valid_from, add_days(as_of(), 1)), until_on) + 1)) AS after_sum
  FROM moved
  WHERE valid_from <= until_on
  GROUP BY customer_id
),
month_end_tier AS (
  SELECT customer_id, month_end(month) AS day, tier_rank FROM tier_month
  UNION ALL
  SELECT customer.customer_id, horizon.day, customer.tier_rank
  FROM customer CROSS JOIN horizon
  WHERE horizon.day = month_end(horizon.day)
),
kept AS (
  SELECT at_start.customer_id,
    count(*) FILTER (WHERE month_end_tier.day <= add_days(as_of(), setting('scores.outcome_days') // 3)) AS by_first,
    count(*) FILTER (WHERE month_end_tier.day <= add_days(as_of(), setting('scores.outcome_days') * 2 // 3))
      AS by_second,
    count(*) AS by_end
  FROM at_start
  JOIN month_end_tier ON at_start.customer_id = month_end_tier.customer_id
  WHERE month_end_tier.tier_rank >= at_start.tier_rank
    AND month_end_tier.day > as_of() AND month_end_tier.day <= add_days(as_of(), setting('scores.outcome_days'))
  GROUP BY at_start.customer_id
),
-- Nobody falls from the lowest tier; a month's end without a row is one of the lowest tier.
judged AS (
  SELECT
    at_start.customer_id,
    COALESCE(summed.start_fen, 0) AS start_fen,
    COALESCE(summed.first_fen, 0) AS first_fen,
    COALESCE(summed.second_fen, 0) AS second_fen,
    COALESCE(summed.end_fen, 0) AS end_fen,
    COALESCE(summed.before_sum, 0) AS before_sum,
    COALESCE(summed.after_sum, 0) AS after_sum,
    at_start.tier_rank > 0 AND COALESCE(kept.by_first, 0) < months_between_starts(add_days(as_of(), 1),
      add_days(as_of(), setting('scores.outcome_days') // 3 + 1)) AS lower_by_first,
    at_start.tier_rank > 0 AND COALESCE(kept.by_second, 0) < months_between_starts(add_days(as_of(), 1),
      add_days(as_of(), setting('scores.outcome_days') * 2 // 3 + 1)) AS lower_by_second,
    at_start.tier_rank > 0 AND COALESCE(kept.by_end, 0) < months_between_starts(add_days(as_of(), 1),
      add_days(as_of(), setting('scores.outcome_days') + 1)) AS lower_tier
  FROM at_start
  LEFT JOIN summed ON at_start.customer_id = summed.customer_id
  LEFT JOIN kept ON at_start.customer_id = kept.customer_id
),
weighed AS (
  SELECT
    customer_id, before_sum, after_sum, lower_tier, lower_by_first, lower_by_second, first_fen, second_fen,
    before_sum > 0 AND after_sum * 100 <= before_sum * (100 - setting('scores.attrition_fall_percent')) AS halved,
    start_fen > yuan(setting('scores.attrition_gone_yuan')) AND end_fen <= yuan(setting('scores.attrition_gone_yuan'))
      AS gone
  FROM judged
)
SELECT
  customer_id,
  before_sum,
  after_sum,
  halved,
  lower_tier,
  gone,
  halved OR lower_tier OR gone AS left_bank,
  CASE WHEN NOT (halved OR lower_tier OR gone) THEN NULL
    WHEN lower_by_first OR first_fen * setting('scores.outcome_days') * 100
      <= before_sum * (100 - setting('scores.attrition_fall_percent')) THEN 1
    WHEN lower_by_second OR second_fen * setting('scores.outcome_days') * 100
      <= before_sum * (100 - setting('scores.attrition_fall_percent')) THEN 2
    ELSE 3 END AS shown_in
FROM weighed
