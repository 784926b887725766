-- ClickStack (HyperDX) without text indexes
--
-- The OpenTelemetry exporter's table as ClickStack makes it on servers before 26.2: it keeps the sampling rate as a column, and has no
-- lookup table for trace ids.
--
-- @needs ScopeName
-- @needs ScopeVersion
-- @needs SampleRate UInt
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
