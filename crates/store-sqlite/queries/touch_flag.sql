-- In every environment that has the flag, it changes at the revision to which this transaction will
-- raise that environment.
UPDATE flag_configurations AS configured SET
    revision = (SELECT revision + 1 FROM environments WHERE id = configured.environment_id)
WHERE project_id = ?1 AND flag_id = ?2 AND NOT archived
RETURNING environment_id
