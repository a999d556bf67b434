-- Rows are pending only while the distinct id has no person, so the halves never overlap.
SELECT overrides.flag_key, overrides.hash_key
FROM person_distinct_ids AS owned
JOIN hash_key_overrides AS overrides
    ON overrides.environment_id = owned.environment_id AND overrides.person_id = owned.person_id
WHERE owned.environment_id = ?1 AND owned.distinct_id = ?2
UNION ALL
SELECT flag_key, hash_key
FROM pending_hash_keys
WHERE environment_id = ?1 AND distinct_id = ?2
