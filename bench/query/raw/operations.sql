SELECT ServiceName, SpanName, SpanKind, count() AS spans, countIf(StatusCode = 'Error') AS errors, sum(Duration) AS total,
  quantilesExact(0.5, 0.95, 0.99)(Duration)
FROM otel.otel_traces
WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
GROUP BY ServiceName, SpanName, SpanKind
ORDER BY total DESC
LIMIT 30
