-- ?1 token, ?2 Unix seconds of the end. Changes no row if no environment has the token.
INSERT INTO quotas (environment_id, until)
SELECT id, ?2 FROM environments WHERE token = ?1
ON CONFLICT (environment_id) DO UPDATE SET until = excluded.until
