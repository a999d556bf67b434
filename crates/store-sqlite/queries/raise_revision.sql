-- More than flags changed if ?2 says so, or if a program that traced nothing was here before.
UPDATE environments SET
    revision = revision + 1,
    whole_revision = CASE
        WHEN ?2 OR traced_revision <> revision THEN revision + 1
        ELSE whole_revision
    END,
    traced_revision = revision + 1
WHERE id = ?1
RETURNING token, revision
