-- Resources of one trace
--
-- By the key that spans-of-trace.sql gives each span.

SELECT
  toString(cityHash64(mapKeys(spans.resource), mapValues(spans.resource))) AS key,
  any(spans.resource) AS resource
FROM spans
WHERE trace_id = {trace_id:String}
GROUP BY key
