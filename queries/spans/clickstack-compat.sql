-- ClickStack (HyperDX) without text indexes
--
-- The OpenTelemetry exporter's table as ClickStack creates it on servers before 26.2: the sampling rate is a column,
-- and there is no lookup table for trace ids.
--
-- @include exporter map
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
