-- Words that mapping SQL may use. What cannot be converted comes back as it was, so that the checks can show it.

-- Yuan to fen: text with at most two decimals gives the fen as text, numbers give BIGINT.
CREATE MACRO fen(x VARCHAR) AS (
    CASE WHEN regexp_full_match(trim(x), '[+-]?[0-9]+([.][0-9]{0,2}0*)?')
         THEN split_part(trim(x), '.', 1) || rpad(left(split_part(trim(x), '.', 2), 2), 2, '0')
         ELSE x END),
  (x DECIMAL(18, 2)) AS CAST(trunc(x) AS BIGINT) * 100 + CAST((x - trunc(x)) * 100 AS BIGINT),
  (x BIGINT) AS x * 100,
  (x DOUBLE) AS CAST(round(x * 100) AS BIGINT);

-- Text in the given strptime format to YYYY-MM-DD, or to YYYY-MM-DD HH:MM:SS.
CREATE MACRO iso_date(x, format) AS coalesce(strftime(try_strptime(trim(x), format), '%Y-%m-%d'), x);
CREATE MACRO iso_time(x, format) AS coalesce(strftime(try_strptime(trim(x), format), '%Y-%m-%d %H:%M:%S'), x);

-- Text that says yes or no in the source's own words.
CREATE MACRO yes_no(x, yes, no) AS CASE trim(x) WHEN yes THEN 'true' WHEN no THEN 'false' ELSE x END;

-- 64-bit key (63 bits, never negative) of an identifier of a source's entity.
CREATE MACRO entity_key(source, entity, x) AS
    CAST(md5_number_lower(source || '|' || entity || '|' || x) >> 1 AS BIGINT);
