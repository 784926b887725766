-- Errors by service, span and message
--
-- Failed spans, with the newest trace of each to open with `otrace trace <trace_id>`: faults first, then exceptions of
-- spans that did not fail, then refusals, each most frequent first. An exception is an event of that name, or the
-- attribute `exception.type` or `exception.message` of a span. A call answered 5xx, or by RPC as UNKNOWN,
-- DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE or DATA_LOSS, is a fault whatever the status of its span. A
-- refusal is a 4xx or another RPC status, of the span or of the request that its service answered. A server that
-- answers 4xx has not failed, so the conventions leave the status of its span unset: without an exception it is not an
-- error, and `otrace rps --by http_status` counts it. An error passes through many spans and counts where it began: on
-- the deepest failed span; `--everywhere` counts all. Messages that differ in ids and numbers alone are one row: `<id>`
-- and `<n>` stand for them, `example` is the newest. A status, a code and quoted words tell errors apart, and `--by
-- status_message` all texts.
--
-- @by none - one row for each value, too
-- @param everywhere = false - count every span that an error passed through
-- @param limit = 20 - rows to show
-- @example otrace errors --since 1h --service shop
-- @example otrace errors --by http.route
-- @example otrace errors --everywhere --limit 50
-- @next otrace trace <last_trace_id> - the newest one, whole
-- @next otrace why --errors - what failing requests have in common

WITH
  -- \x01 marks numbers that tell errors apart: `status code 500`, `error 1205`, `502 Bad Gateway`.
  text -> replaceRegexpAll(
    text,
    '(?i)\\b((?:(?:status|err(?:or)?)[ _-]?code|status|code|errno|sqlstate|answered)\\b\\W{0,3}|'
    || 'https?(?:/[0-9.]+)?[ :=-]{1,2}|error[ _#=-]{1,2})([0-9])',
    '\\1\x01\\2') AS codes,
  text -> replaceRegexpAll(text, '\\b([45][0-9]{2} [A-Z][a-z])', '\x01\\1') AS answers,
  text -> replaceRegexpAll(
    text,
    '(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\\b(?:0x[0-9a-f]+|[0-9a-f]{16,})\\b',
    '<id>') AS ids,
  -- Not in a word, as `utf8`, nor in a code, as `ORA-00942`.
  text -> replaceRegexpAll(
    text,
    '(^|[^\\w.\x01-]|[^A-Z0-9\x01]-)[0-9]+(?:[.,:/-][0-9]+|T[0-9]+)*((?:ms|us|ns|[smhdBZ]|[kKMGT]i?[Bb]?)?)\\b',
    '\\1<n>\\2') AS numbers,
  text -> replaceAll(numbers(ids(answers(codes(text)))), '\x01', '') AS masked
SELECT
  adjusted_count(weight) AS errors,
  type,
  status,
  service,
  name,
  /*+ by_item */
  if(/*+ clipped */1, clip(one.message), one.message) AS message,
  nullIf(argMax(if(/*+ clipped */1, clip(whole), whole), (one.time, trace_id, span_id, whole)), message) AS example,
  argMaxIf(exception_type, (one.time, trace_id, span_id, exception_type), exception_type != '') AS exception,
  max(one.time) AS last_seen,
  argMax(trace_id, (one.time, trace_id)) AS last_trace_id
FROM (
  SELECT
    weight, type, status, service, name, dimension, exception_type, span_failures.time AS time, trace_id, span_id,
    span_failures.message AS whole,
    masked(whole) AS message
  FROM span_failures
  WHERE {everywhere:Bool} OR deepest
) AS one
GROUP BY type, status, service, name, dimension, one.message
ORDER BY
  indexOf(['fault', 'exception', 'refusal'], type), errors DESC, last_seen DESC,
  service, name, one.message, status, dimension
LIMIT {limit:UInt32}
