SELECT
    signal_id,
    party_id,
    kind,
    raised_on,
    cleared_on,
    _file,
    _row
FROM risk_signal
