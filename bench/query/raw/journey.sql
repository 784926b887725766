SELECT Timestamp, TraceId, ServiceName, SpanName, SpanAttributes['http.response.status_code'],
  SpanAttributes['url.path'], Duration
FROM otel.otel_traces
WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
  AND (SpanKind IN ('Server', 'Consumer') OR ParentSpanId = '') AND TraceId IN (
  SELECT TraceId FROM otel.otel_traces
  WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
    AND (SpanAttributes['user.id'] = {user_id:String} OR SpanAttributes['enduser.id'] = {user_id:String}))
ORDER BY Timestamp
LIMIT 200
