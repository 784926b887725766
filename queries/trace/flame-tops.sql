-- A sample of the traces with spans as asked for, and which spans those are
--
-- Sorted by a hash of the id: the same traces each time, and none preferred. `first` and `last` are ns since 1970.

SELECT
  trace_id,
  groupArray(span_id) AS span_ids,
  toUnixTimestamp64Nano(min(time)) AS first,
  toUnixTimestamp64Nano(max(time)) AS last
FROM spans
WHERE trace_id != ''
GROUP BY trace_id
ORDER BY cityHash64(trace_id), trace_id
LIMIT {limit:UInt32}
