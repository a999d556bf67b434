-- Whoever else is at these rows forgets them as well.
DELETE FROM pending_hash_keys
WHERE (environment_id, distinct_id, flag_key) IN (
    SELECT environment_id, distinct_id, flag_key
    FROM pending_hash_keys
    WHERE environment_id = $1
        AND claimed_at < ((extract(epoch FROM clock_timestamp()) - $2::integer * 86400) * 1000000)::bigint
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
)
