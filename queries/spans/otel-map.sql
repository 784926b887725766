-- OpenTelemetry exporter, Map schema
--
-- The table that the OpenTelemetry Collector's ClickHouse exporter makes unless it is told `json: true` (since 2024), and that the
-- embedded collector keeps. Braces name what profiles share: `{exporter}` is the columns and filters of `shared/exporter.sql`. A
-- profile ends with its FROM clause: the composer adds the WHERE out of the filters.
--
-- @needs ScopeName
-- @needs ScopeVersion

WITH
  {map-lookup},
  {sampling},
  {numbers},
  toUInt64OrZero(SpanAttributes['SampleRate']) AS sample_rate
SELECT
  {exporter},
  ScopeName AS scope,
  ScopeVersion AS scope_version,
  {map},
  {conventions}
FROM {database:Identifier}.{table:Identifier}
