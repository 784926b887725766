-- Log lines without what varies, and the spans that they belong to

SELECT
  line_pattern(Body) AS text,
  toBool(SeverityNumber >= 17 OR match(SeverityText, '(?i)^(error|err|fatal|crit)')) AS is_error,
  groupArray(500000)(trace_number(TraceId)) AS traces,
  groupArray(500000)(span_number(SpanId)) AS spans
FROM {database:Identifier}.{logs:Identifier}
WHERE TraceId != '' AND SpanId != ''
  AND cityHash64(TraceId) % {one_in:UInt64} = 0
  AND Timestamp >= {from:DateTime64(9, 'UTC')}
  AND Timestamp < {to:DateTime64(9, 'UTC')} + INTERVAL 1 MINUTE
GROUP BY text, is_error
ORDER BY length(traces) DESC, text, is_error
LIMIT 2000
