-- Spans with chosen attributes
--
-- `shown` holds the value of each key of `show`, in its order: of the span, else of the resource, else of the first event that has it.

SELECT
  time, trace_id, span_id, service, name, kind, status, duration,
  arrayMap(key -> multiIf(
    mapContains(attributes, key), attributes[key],
    mapContains(resource, key), resource[key],
    arrayFirst(a -> mapContains(a, key), event_attributes)[key]), {show:Array(String)}) AS shown
FROM spans
ORDER BY if({order:String} = 'slowest', duration, 0) DESC, time DESC, span_id
LIMIT {limit:UInt32}
