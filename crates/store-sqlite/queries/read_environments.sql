SELECT id, name, token, timezone, property_matching_version, revision, hold_polls_seconds
FROM environments
WHERE project_id = ?1
ORDER BY id
