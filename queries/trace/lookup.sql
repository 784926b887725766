-- When the traces whose id is, or begins, so had their spans
--
-- From the exporter's lookup table, which is sorted by trace id: a few granules, however large the store is. `first` and `last` are
-- ns since 1970, since the columns have no zone. `last` is when the last span started, in older tables cut to the second.

SELECT
  TraceId AS trace_id,
  toUnixTimestamp64Nano(toDateTime64(min(Start), 9)) AS first,
  toUnixTimestamp64Nano(toDateTime64(max(End), 9)) AS last
FROM {database:Identifier}.{lookup:Identifier}
WHERE if({whole:UInt8}, TraceId = {prefix:String}, startsWith(TraceId, {prefix:String}))
GROUP BY TraceId
ORDER BY TraceId
LIMIT 6
