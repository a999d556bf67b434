SELECT
    persons.id, persons.properties, persons.created_at,
    (
        SELECT json_group_array(owned.distinct_id)
        FROM person_distinct_ids AS owned
        WHERE owned.environment_id = persons.environment_id AND owned.person_id = persons.id
    ),
    (
        SELECT group_concat(members.cohort_id)
        FROM static_cohort_members AS members
        WHERE members.environment_id = persons.environment_id AND members.person_id = persons.id
    )
FROM persons
WHERE persons.environment_id = ?1 AND persons.id > ?2
ORDER BY persons.id
LIMIT ?3
