-- Projects, environments, what is defined in them, and the subjects of each environment.
--
-- Every table about a subject is keyed by environment first and names no row that another
-- environment could own, so that all of them can be hash-partitioned or distributed; see
-- docs/postgres.md. Persons take their ids from a sequence of its own for the same reason: identity
-- columns of partitioned tables came only with PostgreSQL 17. Documents are text, not `jsonb`: they
-- are handed out as they were put and never looked into by SQL. Texts compare by their bytes,
-- whatever the locale of the database.

CREATE TABLE projects (
    id   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE group_types (
    project_id BIGINT NOT NULL REFERENCES projects (id),
    type_index INTEGER NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (project_id, type_index),
    UNIQUE (project_id, name)
);

CREATE TABLE environments (
    id                        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id                BIGINT NOT NULL REFERENCES projects (id),
    name                      TEXT COLLATE "C" NOT NULL,
    token                     TEXT COLLATE "C" NOT NULL UNIQUE,
    timezone                  TEXT NOT NULL,
    property_matching_version SMALLINT NOT NULL,
    revision                  BIGINT NOT NULL,
    UNIQUE (project_id, name)
);

-- One row. Grows with every change of any revision, so that a poll reads one number; locked by every
-- commit, so that commits follow one another.
CREATE TABLE change_mark (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    mark BIGINT NOT NULL
);

INSERT INTO change_mark (id, mark) VALUES (1, 0);

-- What a flag is in all environments of its project. Rows stay for ever: an id is given once.
CREATE TABLE flags (
    project_id BIGINT NOT NULL REFERENCES projects (id),
    id         INTEGER NOT NULL,
    key        TEXT COLLATE "C" NOT NULL,
    name       TEXT,
    PRIMARY KEY (project_id, id)
);

-- What a flag is in one environment.
CREATE TABLE flag_configurations (
    environment_id               BIGINT NOT NULL REFERENCES environments (id),
    project_id                   BIGINT NOT NULL,
    flag_id                      INTEGER NOT NULL,
    active                       BOOLEAN NOT NULL,
    archived                     BOOLEAN NOT NULL,
    version                      INTEGER NOT NULL,
    filters                      TEXT NOT NULL,
    ensure_experience_continuity BOOLEAN NOT NULL,
    evaluation_runtime           TEXT NOT NULL,
    evaluation_contexts          TEXT NOT NULL,
    bucketing_identifier         TEXT NOT NULL,
    has_experiment               BOOLEAN NOT NULL,
    has_encrypted_payloads       BOOLEAN NOT NULL,
    is_remote_configuration      BOOLEAN NOT NULL,
    PRIMARY KEY (environment_id, flag_id),
    FOREIGN KEY (project_id, flag_id) REFERENCES flags (project_id, id)
);

CREATE INDEX flag_configurations_by_flag ON flag_configurations (project_id, flag_id);

CREATE TABLE cohorts (
    project_id  BIGINT NOT NULL REFERENCES projects (id),
    id          INTEGER NOT NULL,
    name        TEXT,
    is_static   BOOLEAN NOT NULL,
    cohort_type TEXT,
    filters     TEXT,
    groups      TEXT,
    archived    BOOLEAN NOT NULL,
    PRIMARY KEY (project_id, id)
);

-- Credentials are kept as digests. A secret key opens one environment, a personal key several.
CREATE TABLE secret_keys (
    digest         TEXT COLLATE "C" PRIMARY KEY,
    environment_id BIGINT NOT NULL REFERENCES environments (id),
    hint           TEXT NOT NULL,
    scopes         TEXT NOT NULL
);

CREATE TABLE personal_keys (
    digest         TEXT COLLATE "C" NOT NULL,
    environment_id BIGINT NOT NULL REFERENCES environments (id),
    hint           TEXT NOT NULL,
    scopes         TEXT NOT NULL,
    PRIMARY KEY (digest, environment_id)
);

-- A lower id is an older person.
CREATE SEQUENCE person_ids AS BIGINT;

-- `created_at` is in microseconds since 1970.
CREATE TABLE persons (
    environment_id BIGINT NOT NULL REFERENCES environments (id),
    id             BIGINT NOT NULL DEFAULT nextval('person_ids'),
    properties     TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id)
);

CREATE TABLE person_distinct_ids (
    environment_id BIGINT NOT NULL,
    distinct_id    TEXT COLLATE "C" NOT NULL,
    person_id      BIGINT NOT NULL,
    PRIMARY KEY (environment_id, distinct_id),
    FOREIGN KEY (environment_id, person_id) REFERENCES persons (environment_id, id)
);

-- Not the environment first: to a planner without statistics such an index is as good for finding a
-- distinct id as the primary key is, and it may walk through a whole environment.
CREATE INDEX person_distinct_ids_by_person ON person_distinct_ids (person_id, environment_id);

CREATE TABLE static_cohort_members (
    environment_id BIGINT NOT NULL,
    person_id      BIGINT NOT NULL,
    cohort_id      INTEGER NOT NULL,
    PRIMARY KEY (environment_id, person_id, cohort_id),
    FOREIGN KEY (environment_id, person_id) REFERENCES persons (environment_id, id)
);

CREATE TABLE group_records (
    environment_id BIGINT NOT NULL REFERENCES environments (id),
    type_index     INTEGER NOT NULL,
    key            TEXT COLLATE "C" NOT NULL,
    properties     TEXT NOT NULL,
    PRIMARY KEY (environment_id, type_index, key)
);

CREATE TABLE hash_key_overrides (
    environment_id BIGINT NOT NULL,
    person_id      BIGINT NOT NULL,
    flag_key       TEXT COLLATE "C" NOT NULL,
    hash_key       TEXT NOT NULL,
    PRIMARY KEY (environment_id, person_id, flag_key),
    FOREIGN KEY (environment_id, person_id) REFERENCES persons (environment_id, id)
);

-- Claims of distinct ids that are nobody's yet. `claimed_at` is in microseconds since 1970.
CREATE TABLE pending_hash_keys (
    environment_id BIGINT NOT NULL REFERENCES environments (id),
    distinct_id    TEXT COLLATE "C" NOT NULL,
    flag_key       TEXT COLLATE "C" NOT NULL,
    hash_key       TEXT NOT NULL,
    claimed_at     BIGINT NOT NULL,
    PRIMARY KEY (environment_id, distinct_id, flag_key)
);

CREATE INDEX pending_hash_keys_by_age ON pending_hash_keys (claimed_at, environment_id);
