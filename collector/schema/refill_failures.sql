-- The failed spans of some parts of a day. Those that are there are not stored again.
INSERT INTO otel.otel_traces_failures
SELECT *
FROM otel.otel_traces
WHERE (IsFailure OR Severity > 0) AND _part IN (
    SELECT name
    FROM system.parts
    WHERE database = 'otel' AND table = 'otel_traces' AND active AND partition = {day:String}
        AND has(projections, 'red') BETWEEN {least:UInt8} AND {most:UInt8})
    AND cityHash64(TraceId, SpanId, Timestamp, ServiceName, SpanName) NOT IN (
        SELECT cityHash64(TraceId, SpanId, Timestamp, ServiceName, SpanName)
        FROM otel.otel_traces_failures
        WHERE toDate(Timestamp) = toDate({day:String}))
