WITH person AS (
    INSERT INTO persons (environment_id, properties, created_at)
    VALUES ($1, $2, coalesce($3, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint))
    RETURNING id
)
INSERT INTO person_distinct_ids (environment_id, distinct_id, person_id)
SELECT DISTINCT $1, distinct_id, person.id
FROM person, unnest($4::text[]) AS named (distinct_id)
RETURNING person_id
