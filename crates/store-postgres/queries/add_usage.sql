-- Bucket, environment, kind, library and count by column. Rows are taken in one order by everybody, so
-- that nodes which add at the same time wait for each other instead of locking each other out.
INSERT INTO usage_counts AS kept (bucket, environment_id, kind, library, count)
SELECT *
FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[])
    AS added (bucket, environment_id, kind, library, count)
ORDER BY added.bucket, added.environment_id, added.kind COLLATE "C", added.library COLLATE "C"
ON CONFLICT (bucket, environment_id, kind, library)
DO UPDATE SET count = kept.count + excluded.count
