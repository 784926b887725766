SELECT ServiceName, count() AS spans, countIf(is_request) AS requests,
  requests / (dateDiff('millisecond', {from:DateTime64(9, 'UTC')}, {to:DateTime64(9, 'UTC')}) / 1000) AS rps,
  countIf(is_request AND StatusCode = 'Error') AS errors, errors / requests AS error_share,
  (quantilesExactIf(0.5, 0.95, 0.99)(Duration, is_request) AS q)[1] AS p50, q[2] AS p95, q[3] AS p99, min(Timestamp)
FROM (
  SELECT ServiceName, StatusCode, Duration, Timestamp,
    SpanKind IN ('Server', 'Consumer') OR ParentSpanId = '' AS is_request
  FROM otel.otel_traces
  WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
)
GROUP BY ServiceName
ORDER BY requests DESC
