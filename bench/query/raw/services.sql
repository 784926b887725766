SELECT ServiceName, count() AS requests, countIf(StatusCode = 'Error') AS errors, quantilesExact(0.5, 0.95, 0.99)(Duration)
FROM otel.otel_traces
WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')} AND SpanKind IN ('Server', 'Consumer')
GROUP BY ServiceName
ORDER BY requests DESC
