-- Log lines without what varies, and the spans that they belong to, at most `most` of each

SELECT
  text,
  is_error,
  first_of_pairs(groupArray(trace), groupArray(trace), groupArray(span), {most:UInt32}) AS traces,
  first_of_pairs(groupArray(span), groupArray(trace), groupArray(span), {most:UInt32}) AS spans
FROM (
  SELECT
    line_pattern(Body) AS text,
    severity_number(SeverityText, SeverityNumber) >= 17 AS is_error,
    trace_number(TraceId) AS trace,
    span_number(SpanId) AS span
  FROM {database:Identifier}.{logs:Identifier}
  WHERE TraceId != '' AND SpanId != ''
    AND cityHash64(TraceId) % {one_in:UInt64} = 0
    AND Timestamp >= {from:DateTime64(9, 'UTC')}
    AND Timestamp < {to:DateTime64(9, 'UTC')} + INTERVAL 1 MINUTE
)
GROUP BY text, is_error
ORDER BY count() DESC, text, is_error
LIMIT 2000
