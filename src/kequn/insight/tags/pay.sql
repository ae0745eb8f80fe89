-- What becomes of pay. A pay day is a day with payroll credits, of one customer; its ten days begin with itself. What
-- leaves in them counts against the pay, up to the pay, except moves between the customer's own accounts here and
-- investments made here: that money stays. Only pay days whose ten days are over by today are judged.
WITH moved AS (
  SELECT account.customer_id, date_of(posting.posted_at) AS day,
    isum(CASE WHEN posting.direction = 'in' AND posting.kind = 'payroll' THEN posting.amount_fen ELSE 0 END) AS pay_fen,
    isum(CASE WHEN posting.direction = 'out' AND posting.kind <> 'investment'
      AND NOT (COALESCE(posting.own_name, FALSE) AND posting.counterparty_bank IS NULL)
      THEN posting.amount_fen ELSE 0 END) AS out_fen
  FROM posting
  JOIN account ON posting.account_id = account.account_id
  WHERE posting.posted_at >= add_days(as_of(), 0 - setting('income.pay_window_days'))
    AND (posting.direction = 'out' OR posting.kind = 'payroll')
  GROUP BY account.customer_id, date_of(posting.posted_at)
),
pay_day AS (
  SELECT customer_id, day, pay_fen,
    row_number() OVER (PARTITION BY customer_id ORDER BY day DESC) AS newest,
    row_number() OVER (PARTITION BY customer_id, day <= add_days(as_of(), -10) ORDER BY day DESC) AS place
  FROM moved
  WHERE pay_fen > 0
),
left_over AS (
  SELECT pay_day.customer_id, pay_day.day, pay_day.pay_fen,
    GREATEST(pay_day.pay_fen - COALESCE(isum(moved.out_fen), 0), 0) AS kept_fen
  FROM pay_day
  LEFT JOIN moved ON pay_day.customer_id = moved.customer_id
    AND moved.day >= pay_day.day AND moved.day < add_days(pay_day.day, 10)
  WHERE pay_day.day <= add_days(as_of(), -10) AND pay_day.place <= 3
  GROUP BY pay_day.customer_id, pay_day.day, pay_day.pay_fen
),
retained AS (
  SELECT customer_id, share(isum(kept_fen), isum(pay_fen)) AS payroll_retained_10d_share
  FROM left_over
  GROUP BY customer_id
)
SELECT
  pay_day.customer_id,
  pay_day.pay_fen AS pay_last_fen,
  retained.payroll_retained_10d_share
FROM pay_day
LEFT JOIN retained ON pay_day.customer_id = retained.customer_id
WHERE pay_day.newest = 1
