SELECT
    day,
    workday,
    holiday,
    festival_zh,
    festival_en,
    _file,
    _row
FROM calendar
