UPDATE flag_configurations AS configured SET
    archived = 1,
    revision = (SELECT revision + 1 FROM environments WHERE id = configured.environment_id)
WHERE environment_id = ?1 AND flag_id = ?2 AND NOT archived
