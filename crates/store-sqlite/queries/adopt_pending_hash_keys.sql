INSERT INTO hash_key_overrides (environment_id, person_id, flag_key, hash_key)
SELECT environment_id, ?3, flag_key, hash_key
FROM pending_hash_keys
WHERE environment_id = ?1 AND distinct_id = ?2
ON CONFLICT DO NOTHING
