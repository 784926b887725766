SELECT event_at, ServiceName, SpanName, event_called, event_with, TraceId
FROM otel.otel_traces
ARRAY JOIN `Events.Timestamp` AS event_at, `Events.Name` AS event_called, `Events.Attributes` AS event_with
WHERE Timestamp >= {from:DateTime64(9, 'UTC')} - toIntervalHour(1) AND Timestamp < {to:DateTime64(9, 'UTC')}
  AND event_at >= {from:DateTime64(9, 'UTC')} AND event_at < {to:DateTime64(9, 'UTC')}
ORDER BY event_at DESC, TraceId
LIMIT 50
