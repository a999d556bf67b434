SELECT
    asked.place,
    granted.is_personal,
    environments.id,
    environments.token,
    granted.scopes,
    granted.expires_at
FROM unnest($1::text[]) WITH ORDINALITY AS asked (digest, place)
JOIN LATERAL (
    SELECT false AS is_personal, environment_id, scopes, expires_at
    FROM secret_keys WHERE secret_keys.digest = asked.digest
    UNION ALL
    SELECT true AS is_personal, environment_id, scopes, expires_at
    FROM personal_keys WHERE personal_keys.digest = asked.digest
) AS granted ON true
JOIN environments ON environments.id = granted.environment_id
ORDER BY asked.place, granted.is_personal, environments.id
