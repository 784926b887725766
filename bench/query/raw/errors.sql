SELECT count() AS errors, ServiceName, SpanName,
  replaceRegexpAll(
    multiIf(
      StatusMessage != '', StatusMessage,
      arrayElement(`Events.Attributes`, 1)['exception.message'] != '',
        arrayElement(`Events.Attributes`, 1)['exception.message'],
      SpanAttributes['http.response.status_code'] != '',
        concat('answered ', SpanAttributes['http.response.status_code']),
      ''),
    '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|\\b[0-9a-f]{16,}\\b',
    '<id>') AS message,
  any(arrayElement(`Events.Attributes`, 1)['exception.type']) AS exception, max(Timestamp) AS last_seen,
  argMax(TraceId, Timestamp)
FROM otel.otel_traces
WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')} AND StatusCode = 'Error'
GROUP BY ServiceName, SpanName, message
ORDER BY errors DESC, last_seen DESC
LIMIT 20
