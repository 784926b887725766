-- Log records of one trace
--
-- The window is the trace's own, an hour wider on both sides: records are sorted by time, not by trace.

SELECT
  toTimeZone(Timestamp, 'UTC') AS time,
  SpanId AS span_id,
  ServiceName AS service,
  severity_text(SeverityText, SeverityNumber) AS severity,
  Body AS body,
  LogAttributes AS attributes
FROM {database:Identifier}.{logs:Identifier}
WHERE TraceId = {trace_id:String}
  AND Timestamp >= {from:DateTime64(9, 'UTC')} - INTERVAL 1 HOUR
  AND Timestamp < {to:DateTime64(9, 'UTC')} + INTERVAL 1 HOUR
ORDER BY Timestamp, SpanId, Body, ServiceName, severity, LogAttributes
