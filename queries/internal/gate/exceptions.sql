-- Exceptions by type: first the given ones, or all if none is given
--
-- All of a span count, on events of any name and on the span itself. One of a message alone is `(no type)`. A span is
-- `offending` once, under its first type that is asked for.

WITH
  a -> (mapContains(a, 'exception.type') OR mapContains(a, 'exception.message')) AS thrown,
  arrayMap(a -> a['exception.type'], arrayConcat(
    arrayFilter(a -> thrown(a), event_attributes),
    if(thrown(attributes), [attributes], []))) AS all_types
SELECT
  type,
  has(asked, type) AS named,
  count() AS spans,
  countIf(type = asked[1]) AS offending,
  max(trace_id) AS trace
FROM (
  SELECT
    trace_id,
    if(notEmpty(arrayFilter(type -> type != '', all_types)),
      arrayDistinct(arrayFilter(type -> type != '', all_types)), ['(no type)']) AS types,
    arrayFilter(type -> empty({types:Array(String)}) OR has({types:Array(String)}, type), types) AS asked
  FROM spans
  WHERE notEmpty(all_types)
)
ARRAY JOIN types AS type
GROUP BY type, named
ORDER BY named DESC, spans DESC, type
LIMIT 1000
