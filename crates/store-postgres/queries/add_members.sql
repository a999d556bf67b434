INSERT INTO static_cohort_members (environment_id, person_id, cohort_id)
SELECT DISTINCT $1, person_id, $2
FROM unnest($3::bigint[]) AS joining (person_id)
ON CONFLICT DO NOTHING
