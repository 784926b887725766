-- Spans with chosen attributes
--
-- `shown` has the value of each key of `show`, in its order: of the span, else of the resource, else of the first event
-- with it.

SELECT
  time, trace_id, span_id, service, name, kind, status, duration,
  arrayMap(text -> if(/*+ clipped */1, clip(text), text), arrayMap(key -> multiIf(
    mapContains(attributes, key), attributes[key],
    mapContains(resource, key), resource[key],
    arrayFirst(a -> mapContains(a, key), event_attributes)[key]), {show:Array(String)})) AS shown
FROM spans
-- Durations and times alone tell which spans of many are read whole.
WHERE if(/*+ long */1,
  (if({order:String} = 'slowest', duration, 0), time) >= (
    SELECT min((first_key, time))
    FROM (
      SELECT if({order:String} = 'slowest', duration, 0) AS first_key, time
      FROM spans
      ORDER BY first_key DESC, time DESC
      LIMIT {limit:UInt32}
    )
  ),
  1)
ORDER BY
  if({order:String} = 'slowest', duration, 0) DESC, time DESC,
  trace_id, span_id, service, name, kind, status, duration, shown
LIMIT {limit:UInt32}
