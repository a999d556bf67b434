SELECT
    persons.properties,
    persons.created_at,
    (
        SELECT group_concat(members.cohort_id)
        FROM static_cohort_members AS members
        WHERE members.environment_id = persons.environment_id AND members.person_id = persons.id
    )
FROM person_distinct_ids AS owned
JOIN persons ON persons.id = owned.person_id
WHERE owned.environment_id = ?1 AND owned.distinct_id = ?2
