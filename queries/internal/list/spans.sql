-- Spans with chosen attributes
--
-- `shown` has the value of each key of `show`, in its order: of the span, else of the resource, else of the first event
-- with it. The newest spans are looked for at the end of a long window: where it has enough, the rest is not read.

WITH
  {to:DateTime64(9, 'UTC')} - toIntervalSecond(intDiv(
    dateDiff('second', {from:DateTime64(9, 'UTC')}, {to:DateTime64(9, 'UTC')}), 64)) AS recent,
  if(/*+ long */1, (
    SELECT if({order:String} = 'newest' AND count() >= {limit:UInt32}, recent, {from:DateTime64(9, 'UTC')})
    FROM spans
    WHERE time >= recent
  ), recent) AS since
SELECT
  time, trace_id, span_id, service, name, kind, status, duration,
  arrayMap(text -> if(/*+ clipped */1, clip(text), text), arrayMap(key -> multiIf(
    mapContains(attributes, key), attributes[key],
    mapContains(resource, key), resource[key],
    arrayFirst(a -> mapContains(a, key), event_attributes)[key]), {show:Array(String)})) AS shown
FROM spans
-- Durations and times alone tell which spans of many are read whole.
WHERE if(/*+ long */1,
  time >= since AND (if({order:String} = 'slowest', duration, 0), time) >= (
    SELECT min((first_key, time))
    FROM (
      SELECT if({order:String} = 'slowest', duration, 0) AS first_key, time
      FROM spans
      WHERE time >= since
      ORDER BY first_key DESC, time DESC
      LIMIT {limit:UInt32}
    )
  ),
  1)
ORDER BY
  if({order:String} = 'slowest', duration, 0) DESC, time DESC,
  trace_id, span_id, service, name, kind, status, duration, shown
LIMIT {limit:UInt32}
