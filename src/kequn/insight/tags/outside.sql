-- The open month and the eleven before it. The VIP card named is the one of the highest level, then the largest flow.
WITH moved AS (
  SELECT customer_id, bin, bank, posting_count, in_fen, out_fen FROM outside_history
  UNION ALL
  SELECT account.customer_id, posting.counterparty_bin AS bin, posting.counterparty_bank AS bank, 1 AS posting_count,
    CASE WHEN posting.direction = 'in' THEN posting.amount_fen ELSE 0 END AS in_fen,
    CASE WHEN posting.direction = 'out' THEN posting.amount_fen ELSE 0 END AS out_fen
  FROM posting JOIN account ON posting.account_id = account.account_id
  WHERE posting.own_name AND (posting.counterparty_bank IS NOT NULL OR posting.counterparty_bin IS NOT NULL)
    AND posting.posted_at >= month_start(as_of())
),
card AS (
  SELECT moved.customer_id, COALESCE(card_bin.bank, moved.bank) AS bank,
    CASE card_bin.level WHEN 'private' THEN 5 WHEN 'diamond' THEN 4 WHEN 'platinum' THEN 3 ELSE 0 END AS vip_rank,
    isum(moved.posting_count) AS postings,
    isum(moved.in_fen + moved.out_fen) AS flow_fen, isum(moved.out_fen) AS out_fen
  FROM moved LEFT JOIN card_bin ON moved.bin = card_bin.bin
  WHERE COALESCE(card_bin.bank, moved.bank) NOT IN (setting('bank.name_zh'), setting('bank.name_en'))
  GROUP BY moved.customer_id, COALESCE(card_bin.bank, moved.bank),
    CASE card_bin.level WHEN 'private' THEN 5 WHEN 'diamond' THEN 4 WHEN 'platinum' THEN 3 ELSE 0 END
),
bank AS (
  SELECT customer_id, bank FROM card GROUP BY customer_id, bank
),
banks AS (
  SELECT customer_id, COUNT(*) AS banks FROM bank GROUP BY customer_id
),
vip AS (
  SELECT customer_id, bank, vip_rank, postings, flow_fen, out_fen,
    ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY vip_rank DESC, flow_fen DESC, bank) AS place
  FROM card WHERE vip_rank > 0
)
SELECT
  banks.customer_id,
  banks.banks AS other_bank_count_12m,
  CASE vip.vip_rank WHEN 5 THEN 'private' WHEN 4 THEN 'diamond' WHEN 3 THEN 'platinum' END AS other_bank_vip_level,
  vip.bank AS other_bank_vip_bank,
  COALESCE(vip.postings, 0) AS other_bank_vip_count_12m,
  COALESCE(vip.flow_fen, 0) AS other_bank_vip_flow_12m,
  COALESCE(vip.out_fen, 0) AS other_bank_vip_out_12m
FROM banks
  LEFT JOIN (SELECT customer_id, bank, vip_rank, postings, flow_fen, out_fen FROM vip WHERE place = 1) AS vip
    ON banks.customer_id = vip.customer_id
