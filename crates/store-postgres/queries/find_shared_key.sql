SELECT flags.key
FROM flag_configurations AS configured
JOIN flags ON flags.project_id = configured.project_id AND flags.id = configured.flag_id
WHERE configured.environment_id = $1 AND NOT configured.archived
GROUP BY flags.key
HAVING count(*) > 1
LIMIT 1
