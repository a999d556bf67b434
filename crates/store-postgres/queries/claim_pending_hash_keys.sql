INSERT INTO pending_hash_keys (environment_id, distinct_id, flag_key, hash_key, claimed_at)
SELECT $1, $2, flag_key, $4, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
FROM unnest($3::text[]) AS claimed (flag_key)
ORDER BY flag_key
ON CONFLICT DO NOTHING
