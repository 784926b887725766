-- Durations of one span a trace, with the side and block of `otrace run --ab`
--
-- The first span of each trace, for spans of one trace depend on each other. `one_in` thins traces out by their id.

SELECT
  argMin(duration, (time, span_id, duration)) AS took,
  argMin(resource['otrace.side'], (time, span_id, duration, resource['otrace.side'])) AS side,
  argMin(resource['otrace.block'], (time, span_id, duration, resource['otrace.block'])) AS block,
  toUnixTimestamp64Nano(min(time)) AS at
FROM spans
WHERE cityHash64(trace_id) % {one_in:UInt64} = 0
GROUP BY trace_id
ORDER BY at, trace_id
LIMIT 200000
