WITH page AS (
    (SELECT digest FROM secret_keys WHERE digest > $1 ORDER BY digest LIMIT $2)
    UNION
    (SELECT DISTINCT digest FROM personal_keys WHERE digest > $1 ORDER BY digest LIMIT $2)
    ORDER BY digest LIMIT $2
),
granted AS (
    SELECT false AS is_personal, secret_keys.* FROM page JOIN secret_keys USING (digest)
    UNION ALL
    SELECT true AS is_personal, personal_keys.* FROM page JOIN personal_keys USING (digest)
)
SELECT
    granted.digest,
    granted.is_personal,
    environments.id,
    environments.token,
    granted.scopes,
    granted.expires_at,
    projects.name,
    environments.name,
    granted.hint,
    granted.name,
    granted.created_at,
    granted.last_used_at
FROM granted
JOIN environments ON environments.id = granted.environment_id
JOIN projects ON projects.id = environments.project_id
ORDER BY granted.digest, granted.is_personal, environments.id
