-- Of two claims for one flag, the one of the distinct id that is named first is kept.
WITH adopted AS (
    DELETE FROM pending_hash_keys
    WHERE environment_id = $1 AND distinct_id = ANY ($3::text[])
    RETURNING distinct_id, flag_key, hash_key
)
INSERT INTO hash_key_overrides (environment_id, person_id, flag_key, hash_key)
SELECT DISTINCT ON (flag_key) $1, $2, flag_key, hash_key
FROM adopted
ORDER BY flag_key, array_position($3::text[], distinct_id)
ON CONFLICT DO NOTHING
