-- ClickStack (HyperDX)
--
-- The OpenTelemetry exporter's table as ClickStack makes it on ClickHouse 26.2 and later: it keeps the sampling rate as a column, indexes
-- attributes as `key=value`, and has no lookup table for trace ids.
--
-- @needs ScopeName
-- @needs ScopeVersion
-- @needs SampleRate UInt
-- @shares items
-- @filter sampled-by-rate (SampleRate > 1 AND threshold(TraceState) = '')

WITH
  {map-lookup},
  {sampling},
  {numbers},
  SampleRate AS sample_rate
SELECT
  {exporter},
  ScopeName AS scope,
  ScopeVersion AS scope_version,
  {map},
  {conventions}
FROM {database:Identifier}.{table:Identifier}
