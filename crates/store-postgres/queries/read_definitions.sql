-- Everything about one environment in one statement, so in one trip and in one state of the database:
-- a row of the environment, then its flags, then the cohorts and the group types of its project, each
-- by id. `kind` tells them apart; all share the columns of a flag (`read_flags.sql`), and what a kind
-- does not have is null.
WITH environment AS (
    SELECT id, project_id, name, token, timezone, property_matching_version, revision,
        hold_polls_seconds
    FROM environments WHERE token = $1
)
SELECT
    hold_polls_seconds AS id, token::text AS key, name::text, NULL::boolean AS active,
    property_matching_version::integer AS version, NULL::text AS filters, NULL::boolean,
    timezone::text, NULL::text, NULL::text, NULL::boolean, NULL::boolean, NULL::boolean,
    NULL::boolean, 0 AS kind, environment.id AS environment_id, project_id, revision
FROM environment
UNION ALL
SELECT
    flags.id, flags.key, flags.name, configured.active, configured.version, configured.filters,
    configured.ensure_experience_continuity, configured.evaluation_runtime,
    configured.evaluation_contexts, configured.bucketing_identifier, configured.has_experiment,
    configured.has_encrypted_payloads, configured.is_remote_configuration, configured.archived,
    1, NULL, NULL, NULL
FROM environment
JOIN flag_configurations AS configured ON configured.environment_id = environment.id
JOIN flags ON flags.project_id = configured.project_id AND flags.id = configured.flag_id
WHERE NOT configured.archived
UNION ALL
SELECT
    cohorts.id, NULL, cohorts.name, cohorts.is_static, NULL, cohorts.filters, NULL,
    cohorts.cohort_type, cohorts.groups, NULL, NULL, NULL, NULL, cohorts.archived,
    2, NULL, NULL, NULL
FROM environment
JOIN cohorts ON cohorts.project_id = environment.project_id
WHERE NOT cohorts.archived
UNION ALL
SELECT
    group_types.type_index, NULL, group_types.name, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, 3, NULL, NULL, NULL
FROM environment
JOIN group_types ON group_types.project_id = environment.project_id
ORDER BY kind, id
