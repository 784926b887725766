-- OpenTelemetry exporter, Map schema
--
-- The table that the OpenTelemetry Collector's ClickHouse exporter creates by default (since 2024), and the table of
-- otrace's own collector.
--
-- @include exporter map
-- @needs ScopeName
-- @needs ScopeVersion

SELECT
  ScopeName AS scope,
  ScopeVersion AS scope_version
FROM {database:Identifier}.{table:Identifier}
