SELECT toStartOfInterval(Timestamp, toIntervalSecond({bucket:UInt32}), 'UTC') AS time, '' AS series,
  quantilesExact(0.5, 0.95, 0.99)(Duration) AS q,
  toNullable(q[1]) AS p50, toNullable(q[2]) AS p95, toNullable(q[3]) AS p99
FROM otel.otel_traces
WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
  AND (SpanKind IN ('Server', 'Consumer') OR ParentSpanId = '')
GROUP BY time, series
ORDER BY series, time
  WITH FILL
    FROM toStartOfInterval({from:DateTime64(9, 'UTC')}, toIntervalSecond({bucket:UInt32}), 'UTC')
    TO toDateTime({to:DateTime64(9, 'UTC')} + toIntervalNanosecond(999999999), 'UTC')
    STEP toIntervalSecond({bucket:UInt32})
