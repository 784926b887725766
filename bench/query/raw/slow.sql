SELECT Timestamp, TraceId, ServiceName, SpanAttributes['http.request.method'], SpanAttributes['http.route'],
  toUInt16OrNull(SpanAttributes['http.response.status_code']), Duration
FROM otel.otel_traces
WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
  AND (SpanKind IN ('Server', 'Consumer') OR ParentSpanId = '') AND Duration > 100000000
ORDER BY Duration DESC, Timestamp DESC
LIMIT 20
