-- Who asked how often, and who may not ask any more.

-- Requests by environment, kind and SDK. `bucket` is Unix seconds divided by 120, rounded down. It
-- comes first, because counts are read and forgotten by time. No reference to the environment: what
-- was counted stays true.
CREATE TABLE usage_counts (
    bucket         INTEGER NOT NULL,
    environment_id INTEGER NOT NULL,
    kind           TEXT NOT NULL,
    library        TEXT NOT NULL,
    count          INTEGER NOT NULL,
    PRIMARY KEY (bucket, environment_id, kind, library)
) STRICT, WITHOUT ROWID;

-- The last batch that each writer has added, so that a batch which comes again is not counted again.
-- `added_at` is in Unix seconds.
CREATE TABLE usage_writers (
    writer   TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL,
    added_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX usage_writers_by_age ON usage_writers (added_at);

-- `until` is in Unix seconds. A row stays when its quota is over: its end makes ETags differ.
CREATE TABLE quotas (
    environment_id INTEGER PRIMARY KEY REFERENCES environments (id),
    until          INTEGER NOT NULL
) STRICT;

CREATE INDEX quotas_by_end ON quotas (until);
