SELECT ServiceName, SpanName, SpanKind, count() AS spans,
  spans / (dateDiff('millisecond', {from:DateTime64(9, 'UTC')}, {to:DateTime64(9, 'UTC')}) / 1000) AS rps,
  countIf(StatusCode = 'Error') AS errors, sum(Duration) AS total,
  (quantilesExact(0.5, 0.95, 0.99)(Duration) AS q)[1] AS p50, q[2] AS p95, q[3] AS p99
FROM otel.otel_traces
WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
GROUP BY ServiceName, SpanName, SpanKind
ORDER BY total DESC
LIMIT 30
