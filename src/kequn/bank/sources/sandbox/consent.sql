SELECT
    consent_id,
    party_id,
    channel,
    purpose,
    granted,
    decided_at,
    expires_on,
    evidence,
    _file,
    _row
FROM consent
