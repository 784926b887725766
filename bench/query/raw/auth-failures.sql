SELECT max(Timestamp) AS time, any(ServiceName), any(nullIf(SpanAttributes['user.id'], '')),
  coalesce(any(nullIf(if(SpanName = 'authentication', arrayElement(`Events.Name`, 1), ''), '')),
    any(nullIf(StatusMessage, '')), 'answered 401'), TraceId
FROM otel.otel_traces
WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
  AND ((SpanName = 'authentication' AND StatusCode = 'Error')
    OR (SpanKind = 'Server' AND SpanAttributes['http.response.status_code'] = '401'))
GROUP BY TraceId
ORDER BY time DESC
LIMIT 50
