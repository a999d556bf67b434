-- Rows in the order of the keys, so that two claims wait for each other rather than block each other.
INSERT INTO hash_key_overrides (environment_id, person_id, flag_key, hash_key)
SELECT $1, $2, flag_key, $4
FROM unnest($3::text[]) AS claimed (flag_key)
ORDER BY flag_key
ON CONFLICT DO NOTHING
