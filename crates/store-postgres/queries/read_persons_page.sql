SELECT
    persons.id, persons.properties, persons.created_at,
    ARRAY(
        SELECT owned.distinct_id
        FROM person_distinct_ids AS owned
        WHERE owned.environment_id = persons.environment_id AND owned.person_id = persons.id
        ORDER BY owned.distinct_id
    ),
    ARRAY(
        -- As rows that can be put again: a cohort that is archived or no list takes no members.
        SELECT members.cohort_id
        FROM static_cohort_members AS members
        JOIN cohorts ON cohorts.project_id = environments.project_id
            AND cohorts.id = members.cohort_id
        WHERE members.environment_id = persons.environment_id AND members.person_id = persons.id
            AND cohorts.is_static AND NOT cohorts.archived
        ORDER BY members.cohort_id
    )
FROM persons
JOIN environments ON environments.id = persons.environment_id
WHERE persons.environment_id = $1 AND persons.id > $2
ORDER BY persons.id
LIMIT $3
