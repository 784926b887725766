-- Repeated calls: N+1 and fan-out
--
-- Calls that run more than `--most` times under one span, the most expensive first: statements and requests to other
-- services, equal but for their literals. In a `loop` they mostly run one after another: read the items at once
-- instead. In a `fan-out` they run at the same time, which costs connections rather than time. `share` is of the
-- traces with the operation under which they run, `time` that in which at least one of the calls runs, of all traces
-- together, and `time_each` that of one loop. Open an example with `otrace trace <trace_id>`.
--
-- @param most = 4 - fewer calls are not a repetition
-- @param limit = 20 - rows to show
-- @column share percentunit
-- @column time ns
-- @column time_each ns
-- @samples samples
-- @example otrace repeats --since 1h
-- @example otrace repeats --service shop --most 10
-- @next otrace trace <trace_id> - an example

SELECT
  loop.1 AS type,
  loop.2 AS service,
  loop.4 AS under,
  loop.5 AS call,
  loop.7 AS query,
  loop.8[1] AS calls_p50,
  loop.8[2] AS calls_p99,
  loop.9 AS traces,
  loop.9 / nullIf(traces_under[cityHash64(loop.3, loop.4)], 0) AS share,
  loop.10 AS time,
  loop.11 AS time_each,
  loop.12 AS trace_id,
  loop.13 AS samples
FROM (
  -- A scalar is read once, but analysed in each subquery that names it: here in one.
  WITH
    (
      SELECT groupArray((
        type, service, of_service, of_name, name, statement, query, quantiles, found_traces, time, time_each, trace_id,
        samples))
      FROM (
        SELECT
          if(2 * sum(busy) < sum(spent), 'fan-out', 'loop') AS type,
          service,
          of_service,
          of_name,
          name,
          statement,
          substringUTF8(normalizeQuery(min(example)), 1, 120) AS query,
          quantilesExact(0.4999999999, 0.9899999999)(repeats) AS quantiles,
          uniqExact(repeated_calls.trace_id) AS found_traces,
          sum(busy) AS time,
          toUInt64(sum(busy) / count()) AS time_each,
          argMax(repeated_calls.trace_id, (repeats, repeated_calls.trace_id)) AS trace_id,
          count() AS samples
        FROM repeated_calls
        WHERE repeats > {most:UInt32}
        GROUP BY service, of_service, of_name, name, statement
        ORDER BY time DESC, service, of_name, name, query, of_service, statement
        LIMIT {limit:UInt32}
      )
    ) AS loops
  SELECT
    arrayJoin(loops) AS loop,
    uniqExactMap(map(cityHash64(service, name), cityHash64(trace_id))) AS traces_under
  FROM spans_narrow
  WHERE notEmpty(loops) AND (service, name) IN arrayMap(loop -> (loop.3, loop.4), loops)
)
ORDER BY time DESC, service, under, call, query, loop.3, loop.6
