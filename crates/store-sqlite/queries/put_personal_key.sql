INSERT INTO personal_keys (digest, environment_id, hint, name, scopes, expires_at, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, CAST(unixepoch('subsec') * 1000000 AS INTEGER))
ON CONFLICT (digest, environment_id) DO UPDATE SET
    hint = excluded.hint,
    name = excluded.name,
    scopes = excluded.scopes,
    expires_at = excluded.expires_at
