-- SigNoz before scopes
--
-- `distributed_signoz_index_v3` (or the local table) as it was made until its migration 1009: the scope is not kept. Integers beyond 2^53
-- were rounded when they were stored, here and later.

WITH
  {signoz-lookup},
  {sampling},
  {numbers}
SELECT
  {signoz},
  '' AS scope,
  '' AS scope_version,
  {conventions}
FROM {database:Identifier}.{table:Identifier} AS raw
