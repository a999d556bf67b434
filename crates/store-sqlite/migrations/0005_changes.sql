-- What changed last, so that whoever holds an environment reads no more than it lacks.

-- The revision of the environment at which this flag last changed in it, key, name and being archived
-- included.
ALTER TABLE flag_configurations ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;

-- The column stands behind the documents, and reading past those of a thousand flags takes several
-- milliseconds.
CREATE INDEX flag_configurations_by_revision ON flag_configurations (environment_id, revision);

-- The last revision at which something other than flags changed.
ALTER TABLE environments ADD COLUMN whole_revision INTEGER NOT NULL DEFAULT 0;

-- The last revision of which the two columns above know. A program of the version before raises
-- `revision` alone: what they say is then not to be relied on until the next change, which counts as one
-- of everything. Environments from before this migration are as if it had changed them.
ALTER TABLE environments ADD COLUMN traced_revision INTEGER NOT NULL DEFAULT 0;
