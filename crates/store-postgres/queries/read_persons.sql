-- Persons of several requests: place of the question, environment and distinct id of each.
SELECT
    asked.place, persons.properties, persons.created_at,
    ARRAY(
        SELECT members.cohort_id
        FROM static_cohort_members AS members
        WHERE members.environment_id = persons.environment_id AND members.person_id = persons.id
    )
FROM unnest($1::integer[], $2::bigint[], $3::text[]) AS asked (place, environment_id, distinct_id)
JOIN person_distinct_ids AS owned
    ON owned.environment_id = asked.environment_id AND owned.distinct_id = asked.distinct_id
JOIN persons ON persons.environment_id = owned.environment_id AND persons.id = owned.person_id
