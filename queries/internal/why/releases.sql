-- Versions and instances of services, with the time of the first and the last span of each

SELECT
  service AS of_service,
  if(what.1 = 'service.version', 'version', 'instance') AS type,
  what.2 AS value,
  count() AS spans,
  min(time) AS first_seen,
  max(time) AS last_seen
FROM (
  SELECT
    service,
    time,
    arrayJoin(arrayFilter(pair -> pair.2 != '', [
      ('service.version', resource['service.version']),
      ('service.instance.id', multiIf(
        resource['service.instance.id'] != '', resource['service.instance.id'],
        resource['process.creation.time'] != '',
        concat(resource['host.name'], ' ', resource['process.creation.time']),
        resource['process.pid'] != '', concat(resource['host.name'], ' ', resource['process.pid']),
        ''))])) AS what
  FROM spans
)
GROUP BY service, type, value
ORDER BY service, type, first_seen, value
LIMIT 5000
