-- First and last trace start in the lookup table
--
-- ns since 1970; no row for an empty table. A trace that it lacks began outside of these times, or after something
-- stopped filling it. For one column alone, the partition key if there is one, the server knows both ends without
-- reading.

SELECT
  toUnixTimestamp64Nano(toDateTime64(min({start:Identifier}), 9)) AS first,
  toUnixTimestamp64Nano(toDateTime64(max({start:Identifier}), 9)) AS last
FROM {database:Identifier}.{lookup:Identifier}
HAVING count() > 0
