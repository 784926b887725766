-- OpenTelemetry exporter, Map schema before scope columns
--
-- Tables made until early 2024: the scope is among the span's attributes, and Duration has a sign.

WITH
  {map-lookup},
  {sampling},
  {numbers},
  toUInt64OrZero(SpanAttributes['SampleRate']) AS sample_rate
SELECT
  {exporter},
  either('otel.scope.name', 'otel.library.name') AS scope,
  either('otel.scope.version', 'otel.library.version') AS scope_version,
  {map},
  {conventions}
FROM {database:Identifier}.{table:Identifier}
