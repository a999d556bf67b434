-- Who asked how often, and who may not ask any more.

-- Requests by environment, kind and SDK. `bucket` is Unix seconds divided by 120, rounded down. It
-- comes first, because counts are read and forgotten by time. No reference to the environment: what
-- was counted stays true.
CREATE TABLE usage_counts (
    bucket         BIGINT NOT NULL,
    environment_id BIGINT NOT NULL,
    kind           TEXT COLLATE "C" NOT NULL,
    library        TEXT COLLATE "C" NOT NULL,
    count          BIGINT NOT NULL,
    PRIMARY KEY (bucket, environment_id, kind, library)
);

-- The last batch that each writer has added, so that a batch which comes again is not counted again.
-- `added_at` is in Unix seconds.
CREATE TABLE usage_writers (
    writer   TEXT COLLATE "C" PRIMARY KEY,
    sequence BIGINT NOT NULL,
    added_at BIGINT NOT NULL
);

CREATE INDEX usage_writers_by_age ON usage_writers (added_at);

-- `until` is in Unix seconds. A row stays when its quota is over: its end makes ETags differ.
CREATE TABLE quotas (
    environment_id BIGINT PRIMARY KEY REFERENCES environments (id),
    until          BIGINT NOT NULL
);

CREATE INDEX quotas_by_end ON quotas (until);
