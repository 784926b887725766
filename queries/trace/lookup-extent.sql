-- When the traces began that the lookup table knows of
--
-- ns since 1970; no row when it knows of none. A trace that it does not have began before, or after something stopped filling it. Of
-- one column alone, the key of its partitions where there are any, the server knows both ends without reading.

SELECT
  toUnixTimestamp64Nano(toDateTime64(min({start:Identifier}), 9)) AS first,
  toUnixTimestamp64Nano(toDateTime64(max({start:Identifier}), 9)) AS last
FROM {database:Identifier}.{lookup:Identifier}
HAVING count() > 0
