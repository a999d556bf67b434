-- What operators set while nodes run, in place of what nodes are configured with.

-- Without a row the configuration stands; an empty value is a value. People may write here by hand,
-- so whoever reads a value is lenient about its form.
CREATE TABLE instance_settings (
    name  TEXT COLLATE "C" PRIMARY KEY,
    value TEXT NOT NULL
);
