-- The first stored span of services that were not seen before
--
-- `seen` are services that were named already, `before` those that were stored at the start: of these, spans since
-- `start` count alone. The primary key begins with the service, so that little is read.

SELECT
  ServiceName AS service,
  argMin(SpanName, (Timestamp, TraceId, SpanId, SpanName)) AS name,
  argMin(TraceId, (Timestamp, TraceId)) AS trace_id
FROM {database:Identifier}.{table:Identifier}
WHERE ServiceName NOT IN {seen:Array(String)}
  AND (ServiceName NOT IN {before:Array(String)} OR Timestamp >= {start:DateTime64(9, 'UTC')})
GROUP BY service
ORDER BY min(Timestamp), service
LIMIT 100
