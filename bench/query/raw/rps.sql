SELECT toStartOfInterval(Timestamp, toIntervalSecond({bucket:UInt32}), 'UTC') AS time,
  SpanAttributes['http.response.status_code'] AS series,
  count() / greatest(dateDiff('millisecond', greatest(time, {from:DateTime64(9, 'UTC')}),
    least(time + toIntervalSecond({bucket:UInt32}), {to:DateTime64(9, 'UTC')})), 1) * 1000 AS rps
FROM otel.otel_traces
WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
  AND (SpanKind IN ('Server', 'Consumer') OR ParentSpanId = '')
GROUP BY time, series
ORDER BY series, time
  WITH FILL
    FROM toStartOfInterval({from:DateTime64(9, 'UTC')}, toIntervalSecond({bucket:UInt32}), 'UTC')
    TO toDateTime({to:DateTime64(9, 'UTC')} + toIntervalNanosecond(999999999), 'UTC')
    STEP toIntervalSecond({bucket:UInt32})
