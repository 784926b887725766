-- SigNoz
--
-- `distributed_signoz_index_v3` (or the local table). Rows that are older than the column have no scope.
--
-- @needs scope JSON

WITH
  {signoz-lookup},
  {sampling},
  {numbers}
SELECT
  {signoz},
  ifNull(toString(raw.scope.name), '') AS scope,
  ifNull(toString(raw.scope.version), '') AS scope_version,
  {conventions}
FROM {database:Identifier}.{table:Identifier} AS raw
