WITH used AS MATERIALIZED (
    SELECT digest, max(used_at) AS used_at
    FROM unnest($1::text[], $2::bigint[]) AS told (digest, used_at)
    GROUP BY digest
),
stale AS MATERIALIZED (
    SELECT secret_keys.digest, used.used_at
    FROM used JOIN secret_keys USING (digest)
    WHERE last_used_at IS NULL OR last_used_at < used.used_at
    ORDER BY secret_keys.digest
    FOR NO KEY UPDATE OF secret_keys
)
UPDATE secret_keys SET last_used_at = stale.used_at
FROM stale
WHERE secret_keys.digest = stale.digest
    AND (last_used_at IS NULL OR last_used_at < stale.used_at)
