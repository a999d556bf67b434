WITH used AS MATERIALIZED (
    SELECT digest, max(used_at) AS used_at
    FROM unnest($1::text[], $2::bigint[]) AS told (digest, used_at)
    GROUP BY digest
),
stale AS MATERIALIZED (
    SELECT personal_keys.digest, used.used_at
    FROM used JOIN personal_keys USING (digest)
    WHERE last_used_at IS NULL OR last_used_at < used.used_at
    ORDER BY personal_keys.digest, environment_id
    FOR NO KEY UPDATE OF personal_keys
)
UPDATE personal_keys SET last_used_at = stale.used_at
FROM stale
WHERE personal_keys.digest = stale.digest
    AND (last_used_at IS NULL OR last_used_at < stale.used_at)
