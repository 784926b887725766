-- ClickStack (HyperDX)
--
-- The OpenTelemetry exporter's table as ClickStack creates it on ClickHouse 26.2 and later: the sampling rate is a
-- column, attributes are indexed as `key=value`, and there is no lookup table for trace ids.
--
-- @include exporter map items
-- @rollup {table}_kv_rollup_15m
-- @needs ScopeName
-- @needs ScopeVersion
-- @needs SampleRate UInt
-- @filter sampled-by-rate (SampleRate > 1 AND threshold(TraceState) = '')

WITH
  SampleRate AS sample_rate
SELECT
  ScopeName AS scope,
  ScopeVersion AS scope_version
FROM {database:Identifier}.{table:Identifier}
