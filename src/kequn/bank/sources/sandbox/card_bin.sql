SELECT
    bin,
    bank,
    level,
    kind,
    _file,
    _row
FROM card_bin
