SELECT
    officer_id,
    name,
    id_number,
    company,
    stock_code,
    position,
    since,
    _file,
    _row
FROM officer
