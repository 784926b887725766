-- The time that the lookup table knows of
--
-- ns since 1970; no row when it knows of none. A trace that it does not have began before it, or after something stopped filling it.

SELECT
  toUnixTimestamp64Nano(toDateTime64(min(Start), 9)) AS first,
  toUnixTimestamp64Nano(toDateTime64(max(End), 9)) AS last
FROM {database:Identifier}.{lookup:Identifier}
HAVING count() > 0
