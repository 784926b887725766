-- When the traces began that the lookup table knows of
--
-- ns since 1970; no row when it knows of none. A trace that it does not have began before, or after something stopped filling it. Of
-- `Start` alone, the key of its partitions, the server knows both ends without reading.

SELECT
  toUnixTimestamp64Nano(toDateTime64(min(Start), 9)) AS first,
  toUnixTimestamp64Nano(toDateTime64(max(Start), 9)) AS last
FROM {database:Identifier}.{lookup:Identifier}
HAVING count() > 0
