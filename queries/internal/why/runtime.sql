-- Counters of garbage collection by process, a twentieth of the window at a time
--
-- The attributes are those of gc.sql. A counter's highest value in a part, with the time of the last span of the part,
-- once with spans in the order of their starts, and once in that of their ends.

SELECT
  of_service,
  process,
  pair.1 AS key,
  moment.1 AS order_of,
  -- Spans may end long after the window.
  least(20, intDiv(
    moment.2 - toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')}),
    greatest(1, dateDiff('microsecond', {from:DateTime64(9, 'UTC')}, {to:DateTime64(9, 'UTC')}) * 50))) AS part,
  toFloat64(max(moment.2) - toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')})) AS at,
  max(if(isFinite(toFloat64OrZero(pair.2) AS sent), sent, 0)) AS highest
FROM (
  SELECT
    service AS of_service,
    concat(resource['host.name'], ' ', resource['service.instance.id'], ' ',
      if(attributes['process.pid'] != '', attributes['process.pid'], resource['process.pid'])) AS process,
    arrayFilter(
      pair -> match(pair.1, '[.]gc[._](?:.*[.])?(?:gc_)?(?:count|collections|duration|time|pause_total_ns)$'),
      CAST(attributes, 'Array(Tuple(String, String))')) AS pairs,
    arrayJoin([
      ('start', toUnixTimestamp64Nano(time)),
      ('end', toUnixTimestamp64Nano(time) + duration)]) AS moment
  FROM spans
  WHERE service IN {services:Array(String)} AND notEmpty(pairs)
)
ARRAY JOIN pairs AS pair
GROUP BY of_service, process, key, order_of, part
ORDER BY of_service, process, key, order_of, part
LIMIT 40000
