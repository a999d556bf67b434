SELECT type_index, key, properties
FROM group_records
WHERE environment_id = $1 AND (type_index, key) > ($2, $3)
ORDER BY type_index, key
LIMIT $4
