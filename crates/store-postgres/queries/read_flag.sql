SELECT
    flags.id, flags.key, flags.name, configured.active, configured.version, configured.filters,
    configured.ensure_experience_continuity, configured.evaluation_runtime,
    configured.evaluation_contexts, configured.bucketing_identifier, configured.has_experiment,
    configured.has_encrypted_payloads, configured.is_remote_configuration, configured.archived
FROM flag_configurations AS configured
JOIN flags ON flags.project_id = configured.project_id AND flags.id = configured.flag_id
WHERE configured.environment_id = $1 AND configured.flag_id = $2
