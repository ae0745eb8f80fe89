SELECT
    corporate_id,
    name,
    role,
    person_name,
    person_id_number,
    fen(registered_capital_yuan) AS registered_capital_fen,
    fen(deposit_yuan) AS deposit_fen,
    since,
    _file,
    _row
FROM corporate_client
