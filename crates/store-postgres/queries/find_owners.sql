-- Whose each distinct id is, and whether a claim waits for it, in the order of the distinct ids.
SELECT
    named.distinct_id,
    owned.person_id,
    EXISTS (
        SELECT FROM pending_hash_keys AS pending
        WHERE pending.environment_id = $1 AND pending.distinct_id = named.distinct_id
    )
FROM unnest($2::text[]) WITH ORDINALITY AS named (distinct_id, place)
LEFT JOIN person_distinct_ids AS owned
    ON owned.environment_id = $1 AND owned.distinct_id = named.distinct_id
ORDER BY named.place
