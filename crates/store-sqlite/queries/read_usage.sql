-- ?1 first bucket, ?2 the one after the last.
SELECT environment_id, kind, library, sum(count)
FROM usage_counts
WHERE bucket >= ?1 AND bucket < ?2
GROUP BY environment_id, kind, library
