-- When the traces whose id is, or begins, so had their spans
--
-- From the table that the schema keeps for that (`@lookup` of its profile), which is sorted by trace id: a few granules, however large the
-- store is. `first` and `last` are ns since 1970, since the columns have no zone. `last` is when the last span started, in some tables cut
-- to the second, in some when it ended.

SELECT
  {id:Identifier} AS trace_id,
  toUnixTimestamp64Nano(toDateTime64(min({start:Identifier}), 9)) AS first,
  toUnixTimestamp64Nano(toDateTime64(max({end:Identifier}), 9)) AS last
FROM {database:Identifier}.{lookup:Identifier}
WHERE if({whole:UInt8}, {id:Identifier} = {prefix:String}, startsWith({id:Identifier}, {prefix:String}))
GROUP BY {id:Identifier}
ORDER BY {id:Identifier}
LIMIT 6
