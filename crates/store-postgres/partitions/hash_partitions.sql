-- Spreads the subjects over hash partitions, with what they hold already. One transaction; nothing
-- else may write meanwhile. The number of partitions is the one below, and does not change later.
BEGIN;

CREATE FUNCTION pg_temp.spread(name text, keys text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    partitions CONSTANT integer := 16;
BEGIN
    EXECUTE format('ALTER TABLE %I RENAME TO %I', name, name || '_whole');
    EXECUTE format(
        'CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS) PARTITION BY HASH (%s)',
        name, name || '_whole', keys
    );
    FOR number IN 0 .. partitions - 1 LOOP
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS %s, REMAINDER %s)',
            name || '_' || number, name, partitions, number
        );
    END LOOP;
    EXECUTE format('INSERT INTO %I SELECT * FROM %I', name, name || '_whole');
END
$$;

SELECT pg_temp.spread('persons', 'environment_id, id');
SELECT pg_temp.spread('person_distinct_ids', 'environment_id, distinct_id');
SELECT pg_temp.spread('static_cohort_members', 'environment_id, person_id');
SELECT pg_temp.spread('group_records', 'environment_id, type_index, key');
SELECT pg_temp.spread('hash_key_overrides', 'environment_id, person_id');
SELECT pg_temp.spread('pending_hash_keys', 'environment_id, distinct_id');

DROP TABLE person_distinct_ids_whole, static_cohort_members_whole, group_records_whole,
    hash_key_overrides_whole, pending_hash_keys_whole, persons_whole;

ALTER TABLE persons
    ADD PRIMARY KEY (environment_id, id),
    ADD FOREIGN KEY (environment_id) REFERENCES environments (id);
ALTER TABLE person_distinct_ids
    ADD PRIMARY KEY (environment_id, distinct_id),
    ADD FOREIGN KEY (environment_id, person_id) REFERENCES persons (environment_id, id);
ALTER TABLE static_cohort_members
    ADD PRIMARY KEY (environment_id, person_id, cohort_id),
    ADD FOREIGN KEY (environment_id, person_id) REFERENCES persons (environment_id, id);
ALTER TABLE group_records
    ADD PRIMARY KEY (environment_id, type_index, key),
    ADD FOREIGN KEY (environment_id) REFERENCES environments (id);
ALTER TABLE hash_key_overrides
    ADD PRIMARY KEY (environment_id, person_id, flag_key),
    ADD FOREIGN KEY (environment_id, person_id) REFERENCES persons (environment_id, id);
ALTER TABLE pending_hash_keys
    ADD PRIMARY KEY (environment_id, distinct_id, flag_key),
    ADD FOREIGN KEY (environment_id) REFERENCES environments (id);

CREATE INDEX person_distinct_ids_by_person ON person_distinct_ids (person_id, environment_id);
CREATE INDEX pending_hash_keys_by_age ON pending_hash_keys (claimed_at, environment_id);

COMMIT;
