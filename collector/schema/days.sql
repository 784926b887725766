SELECT table, partition AS day, sum(bytes_on_disk) AS bytes, toUnixTimestamp(max(modification_time)) AS written
FROM system.parts
WHERE database = 'otel'
GROUP BY table, day
HAVING max(active)
