-- Which spans the local store has, of some traces and a time
--
-- `otrace copy` leaves them out.

SELECT TraceId AS trace_id, SpanId AS span_id
FROM otel.otel_traces
WHERE TraceId IN ({trace_ids:Array(String)})
  AND Timestamp BETWEEN {first:DateTime64(9, 'UTC')} AND {last:DateTime64(9, 'UTC')}
