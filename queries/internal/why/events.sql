-- Events of spans without what varies, and the spans that they belong to, at most `most` of each
--
-- An exception is its type and its message.

SELECT
  if(exception, exception_pattern(about), line_pattern(event)) AS text,
  exception AS is_error,
  first_of_pairs(groupArray(trace), groupArray(trace), groupArray(span), {most:UInt32}) AS traces,
  first_of_pairs(groupArray(span), groupArray(trace), groupArray(span), {most:UInt32}) AS spans
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
ORDER BY count() DESC, text, is_error
LIMIT 2000
