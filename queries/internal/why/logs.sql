-- Log lines without what varies, and the spans that they belong to
--
-- Of more than `most` spans these are the same each time: numbers of traces are hashes.

SELECT
  text,
  is_error,
  if(more, arrayMap(pair -> pair.1, first_pairs), all_traces) AS traces,
  if(more, arrayMap(pair -> pair.2, first_pairs), all_spans) AS spans
FROM (
  SELECT
    *,
    found > {most:UInt32} AS more,
    if(more, arraySlice(arraySort(arrayZip(all_traces, all_spans)), 1, {most:UInt32}), []) AS first_pairs
  FROM (
    SELECT
      line_pattern(Body) AS text,
      toBool(SeverityNumber >= 17 OR match(SeverityText, '(?i)^(error|err|fatal|crit)')) AS is_error,
      count() AS found,
      groupArray(trace_number(TraceId)) AS all_traces,
      groupArray(span_number(SpanId)) AS all_spans
    FROM {database:Identifier}.{logs:Identifier}
    WHERE TraceId != '' AND SpanId != ''
      AND cityHash64(TraceId) % {one_in:UInt64} = 0
      AND Timestamp >= {from:DateTime64(9, 'UTC')}
      AND Timestamp < {to:DateTime64(9, 'UTC')} + INTERVAL 1 MINUTE
    GROUP BY text, is_error
  )
)
ORDER BY found DESC, text, is_error
LIMIT 2000
