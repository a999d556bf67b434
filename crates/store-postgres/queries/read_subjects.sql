-- All that several requests ask for, in one state of the database: persons ($1 to $3), groups ($4
-- to $7) and hash keys ($8 to $10). Each question has a place among those of its kind.
SELECT
    1 AS kind, asked.place, persons.properties AS first, NULL AS second, persons.created_at,
    ARRAY(
        SELECT members.cohort_id
        FROM static_cohort_members AS members
        WHERE members.environment_id = persons.environment_id AND members.person_id = persons.id
    ) AS cohorts
FROM unnest($1::integer[], $2::bigint[], $3::text[]) AS asked (place, environment_id, distinct_id)
JOIN person_distinct_ids AS owned
    ON owned.environment_id = asked.environment_id AND owned.distinct_id = asked.distinct_id
JOIN persons ON persons.environment_id = owned.environment_id AND persons.id = owned.person_id
UNION ALL
SELECT 2, asked.place, records.properties, NULL, NULL, NULL
FROM unnest($4::integer[], $5::bigint[], $6::integer[], $7::text[])
    AS asked (place, environment_id, type_index, key)
JOIN group_records AS records
    ON records.environment_id = asked.environment_id
    AND records.type_index = asked.type_index AND records.key = asked.key
UNION ALL
SELECT 3, asked.place, overrides.flag_key, overrides.hash_key, NULL, NULL
FROM unnest($8::integer[], $9::bigint[], $10::text[]) AS asked (place, environment_id, distinct_id)
JOIN person_distinct_ids AS owned
    ON owned.environment_id = asked.environment_id AND owned.distinct_id = asked.distinct_id
JOIN hash_key_overrides AS overrides
    ON overrides.environment_id = owned.environment_id AND overrides.person_id = owned.person_id
UNION ALL
-- Rows are pending only while the distinct id has no person, so the last two never overlap.
SELECT 3, asked.place, pending.flag_key, pending.hash_key, NULL, NULL
FROM unnest($8::integer[], $9::bigint[], $10::text[]) AS asked (place, environment_id, distinct_id)
JOIN pending_hash_keys AS pending
    ON pending.environment_id = asked.environment_id AND pending.distinct_id = asked.distinct_id
