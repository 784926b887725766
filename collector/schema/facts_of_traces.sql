-- The rows of otel_traces_facts for spans. A flag may be set without need, never be missing: `Sampled` wherever a span
-- may have a weight (queries/spans/shared/sampling.sql), `Entered` with a server, consumer or root span, `BareNames`
-- as in queries/spans/shared/names.sql, `Ordinary` with a root that no tail sampler keeps for itself: quick, and
-- without an error. The view and the refill of a failed INSERT read it.
SELECT
    toStartOfFiveMinutes(toDateTime(Timestamp)) AS Slot,
    ServiceName,
    max(TraceState LIKE '%ot=%th:%' OR mapContains(SpanAttributes, 'SampleRate')) AS Sampled,
    max(SpanKind IN ('Server', 'Consumer') OR ParentSpanId = '') AS Entered,
    max(SpanName = '' OR SpanKind = 'Server' AND SpanName IN (
        'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'HTTP',
        'HTTP GET', 'HTTP POST', 'HTTP PUT', 'HTTP PATCH', 'HTTP DELETE', 'HTTP HEAD', 'HTTP OPTIONS')) AS BareNames,
    max(ParentSpanId = '' AND StatusCode != 'Error' AND Duration < 50000000) AS Ordinary
FROM otel.otel_traces
WHERE 1
GROUP BY Slot, ServiceName
