INSERT INTO cohorts (project_id, id, name, is_static, cohort_type, filters, groups, archived)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (project_id, id) DO UPDATE SET
    name = excluded.name,
    is_static = excluded.is_static,
    cohort_type = excluded.cohort_type,
    filters = excluded.filters,
    groups = excluded.groups,
    archived = excluded.archived
