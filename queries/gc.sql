-- Garbage collection by process
--
-- Collections, the time they took, the heap and the longest event-loop delay of each process, from the attributes that
-- runtimes set on spans: `v8js.gc.*`, `python.gc.<generation>.*`, `jvm.gc.*`, Go, .NET, and their older
-- `process.runtime.*` names. A counter that falls to less than half has started anew. Time in major collections that
-- rises with the heap is a leak; a late event loop with few collections is blocking work (`otrace slow`).
--
-- @param limit = 100 - rows to show
-- @column gc_time ns
-- @column gc_share percentunit
-- @column heap_last bytes
-- @column heap_max bytes
-- @column loop_delay_max ns
-- @example otrace gc --since 1d
-- @example otrace gc --service shop --json
-- @next otrace latency --service <service> - whether requests wait for it
-- @next otrace slow --service <service> - the slow ones

WITH
  values -> arrayCount(step -> step < 0, arrayDifference(values)) AS falls_of,
  -- A counter in an hour: its first value; its maximum before the first new start, the sum of those until the next
  -- ones, the maximum since the last one, and their number; its last value, and how often it falls. A little less than
  -- before is the order of spans, less than half of it is a new start. Hours are apart since arrayFold makes a column
  -- for each element of the longest array, which took more than 2 GiB for a week of 20 million spans. A function is
  -- copied to each of its calls, and analysed there: two arrays share the call.
  values -> tupleConcat(
    (values[1], ),
    arrayFold(
      (state, value) -> multiIf(
        value >= state.3, (if(state.4 = 0, value, state.1), state.2, value, state.4),
        value < state.3 / 2, (state.1, state.2 + if(state.4 = 0, 0, state.3), value, state.4 + 1),
        state),
      arraySlice(values, 2),
      (values[1], toFloat64(0), values[1], toUInt64(0))),
    (values[-1], falls_of(values))) AS hour_of,
  hours -> arrayFold(
    (state, hour) -> multiIf(
      hour.1 >= state.2 / 2 AND hour.5 = 0, (state.1, greatest(state.2, hour.4)),
      hour.1 >= state.2 / 2, (state.1 + greatest(state.2, hour.2) + hour.3, hour.4),
      hour.5 = 0, (state.1 + state.2, hour.4),
      (state.1 + state.2 + hour.2 + hour.3, hour.4)),
    hours,
    (-hours[1].1, hours[1].1)) AS over_hours,
  hours -> arraySum(hour -> hour.7, hours) + arrayCount(
    (hour, i) -> i > 1 AND hour.1 < hours[i - 1].6, hours, arrayEnumerate(hours)) AS falls,
  key -> multiIf(
    match(lower(key), 'minor|young|scavenge|parnew|copy|[.](?:gen)?[01](?:[.]|$)'), 'minor',
    match(lower(key), 'major|old|full|marksweep|[.](?:gen)?2(?:[.]|$)'), 'major',
    'other') AS generation_of,
  key -> multiIf(
    match(key, '^(?:v8js|nodejs)|[.]nodejs[.]'), 'v8',
    match(key, 'python'), 'python',
    match(key, 'jvm'), 'jvm',
    match(key, 'dotnet|[.]clr[.]'), 'dotnet',
    match(key, '(?:^|[.])go[.]'), 'go',
    'other') AS runtime_of,
  -- Expressions are matched against each key once, and an index finds the spans.
  if(/*+ summed */1,
    (SELECT groupArray(key) FROM (SELECT arrayJoin(mapKeys(countMap(attributes))) AS key FROM spans_whole_hours)
      WHERE counter_role(key) != ''),
    (SELECT groupArray(key) FROM (SELECT arrayJoin(attribute_keys) AS key FROM spans GROUP BY key)
      WHERE counter_role(key) != '')) AS known_keys
SELECT
  service,
  host,
  pid,
  instance,
  max(runtime) AS runtime,
  max(seen) AS spans,
  round(sumIf(grown, role = 'collections' AND generation = 'minor')) AS minor,
  round(sumIf(grown, role = 'collections' AND generation = 'major')) AS major,
  round(sumIf(grown, role = 'collections' AND generation = 'other')) AS other,
  -- Empty is what a runtime does not say.
  if(countIf(role = 'time') = 0, NULL,
    toUInt64(round(stable_sum(if(role = 'time', grown * counter_unit(key), 0))))) AS gc_time,
  gc_time / greatest(max(ended) - min(began), 1) AS gc_share,
  toUInt64(round(sumOrNullIf(last_value, role = 'heap'))) AS heap_last,
  toUInt64(round(sumOrNullIf(most, role = 'heap'))) AS heap_max,
  toUInt64(round(maxOrNullIf(most, role = 'delay') * 1000000000)) AS loop_delay_max,
  round(sumOrNullIf(grown, role = 'collected')) AS collected,
  round(sumOrNullIf(grown, role = 'uncollectable')) AS uncollectable
FROM (
  SELECT
    service, host, pid, instance, key, most, seen, began, ended,
    counter_role(key) AS role,
    -- A runtime may say the same under an older name, too.
    is_renamed(key) AND min(is_renamed(key)) OVER (PARTITION BY service, host, pid, instance, role) = 0 AS repeated,
    generation_of(key) AS generation,
    runtime_of(key) AS runtime,
    -- Spans say a counter as of their start or of their end: in the other order it falls without a new start.
    arraySum(over -> over.1 + over.2, arrayMap(hours -> over_hours(hours),
      [if(falls(hours_by_start) <= falls(hours_by_end), hours_by_start, hours_by_end)])) AS grown,
    hours_by_start[-1].6 AS last_value
  FROM (
    SELECT
      service, host, pid, instance, key,
      arraySort(one -> one.1, groupArray((hour, both))) AS hours,
      arrayMap(one -> one.2[1], hours) AS hours_by_start,
      arrayMap(one -> one.2[2], hours) AS hours_by_end,
      max(most_of_hour) AS most,
      sum(seen_in_hour) AS seen,
      min(first_at) AS began,
      max(last_at) AS ended
    FROM (
      SELECT
        service, host, pid, instance, key, hour, most_of_hour, seen_in_hour, first_at, last_at,
        arrayMap(values -> hour_of(values), [numbers, numbers_by_end]) AS both
      FROM (
        SELECT
          service, host, pid, instance, key, hour,
          groupArrayArray(arrayMap(one -> (one.1, one.2, one.4[nth], one.3), sent)) AS sent_values,
          arraySort(sent_values) AS ordered,
          arrayMap(one -> one.3, ordered) AS numbers,
          arrayMap(one -> one.3, arraySort(one -> (one.4, one), ordered)) AS numbers_by_end,
          arrayMax(numbers) AS most_of_hour,
          length(numbers) AS seen_in_hour,
          ordered[1].1 AS first_at,
          ordered[-1].1 AS last_at
        FROM (
          SELECT
            service, host, pid, instance, keys,
            intDiv(at, 3600000000000) AS hour,
            arraySort(groupArray((at, id, until, numbers_of_span))) AS sent
          FROM (
            SELECT
              -- Numbers, which take half of the memory of times and texts.
              toUnixTimestamp64Nano(time) AS at,
              at + duration AS until,
              cityHash64(span_id) AS id,
              service,
              resource['host.name'] AS host,
              if(attributes['process.pid'] != '', attributes['process.pid'], resource['process.pid']) AS pid,
              resource['service.instance.id'] AS instance,
              arrayFilter(key -> has(known_keys, key), mapKeys(attributes)) AS keys,
              arrayMap(
                text -> if(isFinite(toFloat64OrZero(text) AS number), number, 0),
                arrayFilter((text, key) -> has(known_keys, key), mapValues(attributes), mapKeys(attributes))
              ) AS numbers_of_span
            FROM spans
            WHERE notEmpty(known_keys) AND hasAny(mapKeys(attributes), known_keys)
          )
          GROUP BY service, host, pid, instance, keys, hour
        )
        ARRAY JOIN keys AS key, arrayEnumerate(keys) AS nth
        GROUP BY service, host, pid, instance, key, hour
      )
    )
    GROUP BY service, host, pid, instance, key
  )
)
WHERE NOT repeated
GROUP BY service, host, pid, instance
HAVING sum(role IN ('collections', 'time')) > 0
ORDER BY gc_time DESC, major DESC, service, host, pid, instance
LIMIT {limit:UInt32}
