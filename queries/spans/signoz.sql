-- SigNoz before scopes
--
-- `distributed_signoz_index_v3` (or the local table) before its migration 1009: the scope is not stored. SigNoz rounds
-- integers beyond 2^53 when it stores them, here and later.
--
-- @include signoz

SELECT
  '' AS scope,
  '' AS scope_version
FROM {database:Identifier}.{table:Identifier} AS raw
