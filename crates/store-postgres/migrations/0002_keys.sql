-- What people want to know of a key, and when it ends. All may be absent: keys from before have no
-- age, and a program of the version before leaves these columns alone. Moments are in microseconds
-- since 1970.

ALTER TABLE secret_keys ADD COLUMN name TEXT;
ALTER TABLE secret_keys ADD COLUMN created_at BIGINT;
ALTER TABLE secret_keys ADD COLUMN expires_at BIGINT;
ALTER TABLE secret_keys ADD COLUMN last_used_at BIGINT;

ALTER TABLE personal_keys ADD COLUMN name TEXT;
ALTER TABLE personal_keys ADD COLUMN created_at BIGINT;
ALTER TABLE personal_keys ADD COLUMN expires_at BIGINT;
ALTER TABLE personal_keys ADD COLUMN last_used_at BIGINT;
