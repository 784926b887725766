-- The lookup rows of parts whose INSERT failed: its view may not have run. Existing rows merge.
INSERT INTO otel.otel_traces_trace_id_ts
SELECT TraceId, min(Timestamp) AS Start, max(Timestamp) AS End
FROM otel.otel_traces
WHERE TraceId != '' AND _part IN (
    SELECT name
    FROM system.parts
    WHERE database = 'otel' AND table = 'otel_traces' AND active AND max_block_number > {block:Int64})
GROUP BY TraceId
