-- Counters of garbage collection by process, a twentieth of the window at a time
--
-- The attributes are those of gc.sql. A counter's highest value in a part, with the time of the last span of the part.

SELECT
  service AS of_service,
  concat(resource['host.name'], ' ', resource['service.instance.id'], ' ',
    if(attributes['process.pid'] != '', attributes['process.pid'], resource['process.pid'])) AS process,
  pair.1 AS key,
  intDiv(
    20 * dateDiff('millisecond', {from:DateTime64(9, 'UTC')}, time),
    greatest(1, dateDiff('millisecond', {from:DateTime64(9, 'UTC')}, {to:DateTime64(9, 'UTC')}))) AS part,
  toFloat64(dateDiff('microsecond', {from:DateTime64(9, 'UTC')}, max(time))) * 1000 AS at,
  max(if(isFinite(toFloat64OrZero(pair.2) AS sent), sent, 0)) AS highest
FROM spans
ARRAY JOIN arrayFilter(
  pair -> match(pair.1, '[.]gc[._](?:.*[.])?(?:gc_)?(?:count|collections|duration|time|pause_total_ns)$'),
  CAST(attributes, 'Array(Tuple(String, String))')) AS pair
WHERE service IN {services:Array(String)}
GROUP BY of_service, process, key, part
ORDER BY of_service, process, key, part
LIMIT 20000
