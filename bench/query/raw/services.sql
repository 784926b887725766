SELECT ServiceName, count() AS requests,
  requests / (dateDiff('millisecond', {from:DateTime64(9, 'UTC')}, {to:DateTime64(9, 'UTC')}) / 1000) AS rps,
  countIf(StatusCode = 'Error') AS errors, errors / requests AS error_share,
  (quantilesExact(0.5, 0.95, 0.99)(Duration) AS q)[1] AS p50, q[2] AS p95, q[3] AS p99
FROM otel.otel_traces
WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')} AND SpanKind IN ('Server', 'Consumer')
GROUP BY ServiceName
ORDER BY requests DESC
