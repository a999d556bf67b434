-- Projects, environments, what is defined in them, and the subjects of each environment.
--
-- Every table about a subject is keyed by environment first, so that no query can cross from one
-- environment into another and PostgreSQL can partition by it. Documents are JSON text: they are
-- handed out as they are and never looked into by SQL.

CREATE TABLE projects (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE group_types (
    project_id INTEGER NOT NULL REFERENCES projects (id),
    type_index INTEGER NOT NULL,
    name       TEXT NOT NULL,
    PRIMARY KEY (project_id, type_index),
    UNIQUE (project_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE environments (
    id                        INTEGER PRIMARY KEY,
    project_id                INTEGER NOT NULL REFERENCES projects (id),
    name                      TEXT NOT NULL,
    token                     TEXT NOT NULL UNIQUE,
    timezone                  TEXT NOT NULL,
    property_matching_version INTEGER NOT NULL,
    revision                  INTEGER NOT NULL,
    UNIQUE (project_id, name)
) STRICT;

-- One row. Grows with every change of any revision, so that a poll reads one number.
CREATE TABLE change_mark (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    mark INTEGER NOT NULL
) STRICT;

INSERT INTO change_mark (id, mark) VALUES (1, 0);

-- What a flag is in all environments of its project. Rows stay for ever: an id is given once.
CREATE TABLE flags (
    project_id INTEGER NOT NULL REFERENCES projects (id),
    id         INTEGER NOT NULL,
    key        TEXT NOT NULL,
    name       TEXT,
    PRIMARY KEY (project_id, id)
) STRICT, WITHOUT ROWID;

-- Not unique: the key of a flag that is archived everywhere may be given again.
CREATE INDEX flags_by_key ON flags (project_id, key);

-- What a flag is in one environment.
CREATE TABLE flag_configurations (
    environment_id               INTEGER NOT NULL REFERENCES environments (id),
    project_id                   INTEGER NOT NULL,
    flag_id                      INTEGER NOT NULL,
    active                       INTEGER NOT NULL,
    archived                     INTEGER NOT NULL,
    version                      INTEGER NOT NULL,
    filters                      TEXT NOT NULL,
    ensure_experience_continuity INTEGER NOT NULL,
    evaluation_runtime           TEXT NOT NULL,
    evaluation_contexts          TEXT NOT NULL,
    bucketing_identifier         TEXT NOT NULL,
    has_experiment               INTEGER NOT NULL,
    has_encrypted_payloads       INTEGER NOT NULL,
    is_remote_configuration      INTEGER NOT NULL,
    UNIQUE (environment_id, flag_id),
    FOREIGN KEY (project_id, flag_id) REFERENCES flags (project_id, id)
) STRICT;

CREATE INDEX flag_configurations_by_flag ON flag_configurations (project_id, flag_id);

CREATE TABLE cohorts (
    project_id  INTEGER NOT NULL REFERENCES projects (id),
    id          INTEGER NOT NULL,
    name        TEXT,
    is_static   INTEGER NOT NULL,
    cohort_type TEXT,
    filters     TEXT,
    groups      TEXT,
    archived    INTEGER NOT NULL,
    UNIQUE (project_id, id)
) STRICT;

-- Credentials are kept as digests. A secret key opens one environment, a personal key several.
CREATE TABLE secret_keys (
    digest         TEXT PRIMARY KEY,
    environment_id INTEGER NOT NULL REFERENCES environments (id),
    hint           TEXT NOT NULL,
    scopes         TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE personal_keys (
    digest         TEXT NOT NULL,
    environment_id INTEGER NOT NULL REFERENCES environments (id),
    hint           TEXT NOT NULL,
    scopes         TEXT NOT NULL,
    PRIMARY KEY (digest, environment_id)
) STRICT, WITHOUT ROWID;

-- `created_at` is in microseconds since 1970. A lower id is an older person. The primary key is the
-- row's place in the file; the unique key is what everything else refers to.
CREATE TABLE persons (
    id             INTEGER PRIMARY KEY,
    environment_id INTEGER NOT NULL REFERENCES environments (id),
    properties     TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    UNIQUE (environment_id, id)
) STRICT;

CREATE TABLE person_distinct_ids (
    environment_id INTEGER NOT NULL,
    distinct_id    TEXT NOT NULL,
    person_id      INTEGER NOT NULL,
    PRIMARY KEY (environment_id, distinct_id),
    FOREIGN KEY (environment_id, person_id) REFERENCES persons (environment_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX person_distinct_ids_by_person
    ON person_distinct_ids (environment_id, person_id, distinct_id);

CREATE TABLE static_cohort_members (
    environment_id INTEGER NOT NULL,
    person_id      INTEGER NOT NULL,
    cohort_id      INTEGER NOT NULL,
    PRIMARY KEY (environment_id, person_id, cohort_id),
    FOREIGN KEY (environment_id, person_id) REFERENCES persons (environment_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE group_records (
    environment_id INTEGER NOT NULL REFERENCES environments (id),
    type_index     INTEGER NOT NULL,
    key            TEXT NOT NULL,
    properties     TEXT NOT NULL,
    UNIQUE (environment_id, type_index, key)
) STRICT;

CREATE TABLE hash_key_overrides (
    environment_id INTEGER NOT NULL,
    person_id      INTEGER NOT NULL,
    flag_key       TEXT NOT NULL,
    hash_key       TEXT NOT NULL,
    PRIMARY KEY (environment_id, person_id, flag_key),
    FOREIGN KEY (environment_id, person_id) REFERENCES persons (environment_id, id)
) STRICT, WITHOUT ROWID;

-- Claims of distinct ids that are nobody's yet. `claimed_at` is in microseconds since 1970.
CREATE TABLE pending_hash_keys (
    environment_id INTEGER NOT NULL REFERENCES environments (id),
    distinct_id    TEXT NOT NULL,
    flag_key       TEXT NOT NULL,
    hash_key       TEXT NOT NULL,
    claimed_at     INTEGER NOT NULL,
    PRIMARY KEY (environment_id, distinct_id, flag_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX pending_hash_keys_by_age ON pending_hash_keys (claimed_at);
