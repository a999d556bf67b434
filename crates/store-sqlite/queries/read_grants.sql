SELECT
    granted.is_personal,
    environments.id,
    environments.token,
    granted.scopes,
    granted.expires_at
FROM (
    SELECT 0 AS is_personal, environment_id, scopes, expires_at
    FROM secret_keys WHERE digest = ?1
    UNION ALL
    SELECT 1 AS is_personal, environment_id, scopes, expires_at
    FROM personal_keys WHERE digest = ?1
) AS granted
JOIN environments ON environments.id = granted.environment_id
ORDER BY granted.is_personal, environments.id
