-- $1 Unix seconds of the earliest end, $2 how many at most.
SELECT environments.token, quotas.until
FROM quotas
JOIN environments ON environments.id = quotas.environment_id
WHERE quotas.until >= $1
ORDER BY quotas.until DESC
LIMIT $2
