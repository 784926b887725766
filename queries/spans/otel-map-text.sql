-- OpenTelemetry exporter, Map schema with text indexes
--
-- The table that newer exporters create on ClickHouse 26.2 and later: attributes are indexed as `key=value`.
--
-- @include exporter map items
-- @needs ScopeName
-- @needs ScopeVersion

SELECT
  ScopeName AS scope,
  ScopeVersion AS scope_version
FROM {database:Identifier}.{table:Identifier}
