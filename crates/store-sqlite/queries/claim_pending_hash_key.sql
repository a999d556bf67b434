INSERT INTO pending_hash_keys (environment_id, distinct_id, flag_key, hash_key, claimed_at)
VALUES (?1, ?2, ?3, ?4, CAST(unixepoch('subsec') * 1000000 AS INTEGER))
ON CONFLICT DO NOTHING
