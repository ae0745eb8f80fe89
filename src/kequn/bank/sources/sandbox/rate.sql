SELECT
    currency,
    valid_from,
    rate_ppm,
    _file,
    _row
FROM rate
