-- A sample of the traces with matching spans, and these spans
--
-- In order of a hash of the id: the same traces each time, and no bias. `first` and `last` are ns since 1970.

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
