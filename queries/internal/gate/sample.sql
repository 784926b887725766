-- Durations of one span a trace, in order of time
--
-- The first span of each trace, for spans of one trace depend on each other. `one_in` thins traces out by their id.

SELECT
  argMin(duration, (time, span_id, duration)) AS took,
  toUnixTimestamp64Nano(min(time)) AS at
FROM spans
WHERE cityHash64(trace_id) % {one_in:UInt64} = 0
GROUP BY trace_id
ORDER BY at, trace_id
LIMIT 200000
