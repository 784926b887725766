-- Calls between services, databases, queues and other hosts
--
-- A call is a request and the span that caused it: its parent, or for a consumer the producer that it links to. Client
-- spans without a stored request are calls of a database, a queue or another host. Each counts once, also where it is
-- stored in several versions: with the longest duration. `gap` is what the caller waited longer than the called worked,
-- and for a queue the time between the end of the producer and the start of the consumer: p95 of both, over the calls
-- where both are stored. `filtered` also reads calls by the chosen spans, whose requests are others.

WITH
  -- As rows of --by.
  service -> multiIf(
    service = '', '(absent)',
    match(service, '^(?:[(](?:absent|other)[)]|"+[(](?:absent|other)[)]"+)$'), concat('"', service, '"'),
    service) AS shown,
  -- `domain` is '' of a host without a dot, but knows one without a scheme.
  url -> coalesce(
    nullIf(extract(url, '^(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//(?:[^/?#@]*@)?(\\[[^\\]]*\\]|[^/?#:]+)'), ''),
    domain(url)) AS host_of,
  chosen AS (SELECT cityHash64(trace_id, span_id) AS chosen_id FROM spans),
  entries AS (
    SELECT
      trace_id, span_id, parent_id, service, kind, time, duration, is_error, weight,
      kind = 'consumer' AND messaging_destination != '' AS queued,
      trim(concat(messaging_system, ' ', messaging_destination)) AS queue,
      arrayJoin(if(kind = 'consumer' AND notEmpty(link_span_id),
        arrayConcat([(trace_id, parent_id)], arrayZip(link_trace_id, link_span_id)),
        [(trace_id, parent_id)])) AS cause
    FROM /*+ whole */spans
    WHERE is_entry AND time >= {from:DateTime64(9, 'UTC')} AND time < {to:DateTime64(9, 'UTC')}
  ),
  -- Nearly all spans call nothing. A scalar is read once, a relation for each place that names it.
  (SELECT groupUniqArray(cityHash64(cause.1, cause.2)) FROM entries) AS causes,
  callers AS (
    SELECT trace_id, span_id, service, kind, time, duration
    FROM spans_unfiltered
    WHERE span_id != '' AND cityHash64(trace_id, span_id) IN (SELECT arrayJoin(causes))
  ),
  requests AS (
    SELECT
      cityHash64(entries.trace_id, entries.span_id) AS id,
      max(entries.service) AS called,
      max(entries.queued) AS from_queue,
      max(entries.queue) AS queue_name,
      max(entries.duration) AS called_duration,
      max(entries.is_error) AS failed,
      max(entries.weight) AS amount,
      max(callers.service) AS caller,
      max(callers.span_id != '') AS known,
      max(cityHash64(callers.trace_id, callers.span_id)) AS caller_id,
      maxIf(toInt64(callers.duration), callers.kind IN ('client', 'producer')) AS caller_duration,
      max(callers.kind IN ('client', 'producer')) AS waited,
      maxIf(if(entries.kind = 'consumer',
        dateDiff('nanosecond', callers.time, entries.time) - toInt64(callers.duration),
        toInt64(callers.duration) - toInt64(entries.duration)), callers.span_id != '') AS gap
    FROM callers
    RIGHT JOIN entries ON callers.trace_id = entries.cause.1 AND callers.span_id = entries.cause.2
    GROUP BY id
  ),
  leaves AS (
    SELECT
      cityHash64(trace_id, span_id) AS id,
      service AS caller,
      multiIf(
        db_system != '', 'database',
        messaging_destination != '' OR kind = 'producer', 'queue',
        'external') AS type,
      multiIf(
        db_system != '', trim(concat(db_system, ' ', db_namespace)),
        messaging_destination != '' OR kind = 'producer', trim(concat(messaging_system, ' ', messaging_destination)),
        arrayFirst(found -> found != '', [
          attributes['peer.service'], attributes['service.peer.name'], attributes['server.address'],
          attributes['net.peer.name'], attributes['http.host'], host_of(attributes['url.full']),
          host_of(attributes['http.url']), '(unknown)'])) AS called,
      duration AS caller_duration,
      is_error AS failed,
      weight AS amount
    FROM spans
    WHERE kind = 'producer'
      OR (kind = 'client' AND cityHash64(trace_id, span_id) NOT IN (SELECT arrayJoin(causes)))
  )
SELECT
  if(from_type = 'service', shown(from_name), from_name) AS `from`,
  if(to_type = 'service', shown(to_name), to_name) AS `to`,
  from_type,
  to_type,
  adjusted_count(amount) AS calls,
  adjusted_sum(amount) / window_seconds AS rps,
  adjusted_count(if(failed, amount, 0)) AS errors,
  if(calls = 0, 0, adjusted_sum(if(failed, amount, 0)) / adjusted_sum(amount)) AS error_share,
  if(countIf(seen) = 0, NULL, percentiles(caller_duration, if(seen, amount, 0))[2]) AS p95_caller,
  if(countIf(answered) = 0, NULL, percentiles(called_duration, if(answered, amount, 0))[2]) AS p95_called,
  if(countIf(seen AND answered) = 0, NULL, percentiles(gap, if(seen AND answered, amount, 0))[2]) AS p95_gap,
  count() AS samples
FROM (
  SELECT
    if(from_queue, queue_name, caller) AS from_name,
    called AS to_name,
    multiIf(from_queue, 'queue', known, 'service', '') AS from_type,
    'service' AS to_type,
    amount, failed, toBool(known AND waited) AS seen, toBool(1) AS answered,
    toUInt64(caller_duration) AS caller_duration, called_duration, toUInt64(greatest(gap, 0)) AS gap
  FROM requests
  WHERE if(/*+ filtered */1, id IN (SELECT chosen_id FROM chosen) OR caller_id IN (SELECT chosen_id FROM chosen), 1)
  UNION ALL
  SELECT
    caller, called, 'service', type, amount, failed, toBool(1), toBool(0),
    caller_duration, toUInt64(0), toUInt64(0)
  FROM if(/*+ once */1, leaves, (
    SELECT
      max(caller) AS caller, max(type) AS type, max(called) AS called, max(caller_duration) AS caller_duration,
      max(failed) AS failed, max(amount) AS amount
    FROM leaves
    GROUP BY id
  ))
)
GROUP BY from_name, to_name, from_type, to_type
ORDER BY calls DESC, from_name, to_name, to_type
LIMIT {limit:UInt32}
