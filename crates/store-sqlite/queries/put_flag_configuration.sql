-- The row says at which revision it changed: the one to which this transaction will raise the
-- environment. Nobody else raises it meanwhile.
INSERT INTO flag_configurations (
    environment_id, project_id, flag_id, active, archived, version, filters,
    ensure_experience_continuity, evaluation_runtime, evaluation_contexts, bucketing_identifier,
    has_experiment, has_encrypted_payloads, is_remote_configuration, revision
)
VALUES (
    ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,
    (SELECT revision + 1 FROM environments WHERE id = ?1)
)
ON CONFLICT (environment_id, flag_id) DO UPDATE SET
    active = excluded.active,
    archived = excluded.archived,
    version = excluded.version,
    filters = excluded.filters,
    ensure_experience_continuity = excluded.ensure_experience_continuity,
    evaluation_runtime = excluded.evaluation_runtime,
    evaluation_contexts = excluded.evaluation_contexts,
    bucketing_identifier = excluded.bucketing_identifier,
    has_experiment = excluded.has_experiment,
    has_encrypted_payloads = excluded.has_encrypted_payloads,
    is_remote_configuration = excluded.is_remote_configuration,
    revision = excluded.revision
