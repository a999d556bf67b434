-- Which flags of the environment with token $1 changed since revision $3, archived ones included, if
-- it is the environment $2 and nothing else changed. One row at least: the environment is in every
-- row, after the columns of a flag (`read_flags.sql`), which are null if there is none.
WITH environment AS (
    SELECT
        id, project_id, revision,
        id = $2 AND (
            revision = $3
            OR traced_revision = revision AND $3 BETWEEN whole_revision AND revision
        ) AS is_traced
    FROM environments WHERE token = $1
)
SELECT
    flags.id, flags.key, flags.name, configured.active, configured.version, configured.filters,
    configured.ensure_experience_continuity, configured.evaluation_runtime,
    configured.evaluation_contexts, configured.bucketing_identifier, configured.has_experiment,
    configured.has_encrypted_payloads, configured.is_remote_configuration, configured.archived,
    environment.is_traced, environment.revision
FROM environment
LEFT JOIN flag_configurations AS configured ON environment.is_traced
    AND configured.environment_id = environment.id AND configured.revision > $3
LEFT JOIN flags ON flags.project_id = configured.project_id AND flags.id = configured.flag_id
ORDER BY flags.id
