SELECT
    assessment_id,
    party_id,
    assessed_on,
    tolerance,
    _file,
    _row
FROM risk_profile
