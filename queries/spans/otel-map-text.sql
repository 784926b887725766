-- OpenTelemetry exporter, Map schema with text indexes
--
-- What newer exporters make on ClickHouse 26.2 and later: attributes are indexed as `key=value`.
--
-- @needs ScopeName
-- @needs ScopeVersion
-- @shares items

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
