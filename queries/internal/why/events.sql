-- Events of spans without what varies, and the spans that they belong to
--
-- An exception is its type and its message. Of more than `most` spans these are the same each time:
-- numbers of traces are hashes.

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
      if(exception, exception_pattern(about), line_pattern(event)) AS text,
      exception AS is_error,
      count() AS found,
      groupArray(trace) AS all_traces,
      groupArray(span) AS all_spans
    FROM (
      SELECT
        trace_number(trace_id) AS trace,
        span_number(span_id) AS span,
        arrayJoin(arrayZip(event_name, event_attributes)) AS one,
        one.1 AS event,
        one.2 AS about,
        toBool(about['exception.type'] != '' OR about['exception.message'] != '') AS exception
      FROM /*+ whole */spans
      WHERE notEmpty(event_name) AND cityHash64(trace_id) % {one_in:UInt64} = 0
    )
    GROUP BY text, is_error
  )
)
ORDER BY found DESC, text, is_error
LIMIT 2000
