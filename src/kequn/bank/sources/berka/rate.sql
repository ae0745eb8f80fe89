-- Figures are read in the source's own currency: one koruna counts as one unit of the bank's currency.
SELECT 'CZK' AS currency, DATE '1990-01-01' AS valid_from, CAST(1000000 AS BIGINT) AS rate_ppm, _file, _row
FROM district
ORDER BY _file, _row
LIMIT 1
