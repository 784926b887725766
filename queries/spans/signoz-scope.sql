-- SigNoz
--
-- `distributed_signoz_index_v3` (or the local table). Rows older than the column have no scope.
--
-- @include signoz
-- @needs scope JSON

SELECT
  ifNull(toString(raw.scope.name), '') AS scope,
  ifNull(toString(raw.scope.version), '') AS scope_version
FROM {database:Identifier}.{table:Identifier} AS raw
