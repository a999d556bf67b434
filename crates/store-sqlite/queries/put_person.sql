INSERT INTO persons (environment_id, properties, created_at)
VALUES (?1, ?2, coalesce(?3, CAST(unixepoch('subsec') * 1000000 AS INTEGER)))
