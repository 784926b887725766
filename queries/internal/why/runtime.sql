-- Counters of garbage collection by process, a twentieth of the window at a time
--
-- The attributes are those of gc.sql. A counter's highest value in a part, with the time of the last span of the part,
-- once with spans in the order of their starts, and once in that of their ends. `unit` is the nanoseconds in a unit of
-- a time, and 0 for collections.

WITH
  (
    SELECT groupArray(key)
    FROM (SELECT arrayJoin(attribute_keys) AS key FROM spans WHERE service IN {services:Array(String)} GROUP BY key)
    WHERE counter_role(key) IN ('collections', 'time')
  ) AS known_keys
SELECT of_service, process, key, unit, order_of, part, at, highest
FROM (
  SELECT
    of_service,
    process,
    pair.1 AS key,
    if(counter_role(key) = 'time', counter_unit(key), 0) AS unit,
    moment.1 AS order_of,
    -- Spans may end long after the window.
    least(20, intDiv(
      moment.2 - toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')}),
      greatest(1, dateDiff('microsecond', {from:DateTime64(9, 'UTC')}, {to:DateTime64(9, 'UTC')}) * 50))) AS part,
    toFloat64(max(moment.2) - toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')})) AS at,
    max(if(isFinite(toFloat64OrZero(pair.2) AS sent), sent, 0)) AS highest,
    -- A runtime may say the same under an older name, too.
    is_renamed(key) AND min(is_renamed(key)) OVER (PARTITION BY of_service, process, unit = 0) = 0 AS repeated
  FROM (
    SELECT
      service AS of_service,
      concat(resource['host.name'], ' ', resource['service.instance.id'], ' ',
        if(attributes['process.pid'] != '', attributes['process.pid'], resource['process.pid'])) AS process,
      arrayFilter(pair -> has(known_keys, pair.1), CAST(attributes, 'Array(Tuple(String, String))')) AS pairs,
      arrayJoin([
        ('start', toUnixTimestamp64Nano(time)),
        ('end', toUnixTimestamp64Nano(time) + duration)]) AS moment
    FROM spans
    WHERE service IN {services:Array(String)} AND hasAny(attribute_keys, known_keys)
  )
  ARRAY JOIN pairs AS pair
  GROUP BY of_service, process, key, order_of, part
)
WHERE NOT repeated
ORDER BY of_service, process, key, order_of, part
LIMIT 40000
