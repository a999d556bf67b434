SELECT
    granted.is_personal,
    environments.id,
    environments.token,
    granted.scopes
FROM (
    SELECT 0 AS is_personal, environment_id, scopes FROM secret_keys WHERE digest = ?1
    UNION ALL
    SELECT 1 AS is_personal, environment_id, scopes FROM personal_keys WHERE digest = ?1
) AS granted
JOIN environments ON environments.id = granted.environment_id
ORDER BY granted.is_personal, environments.id
