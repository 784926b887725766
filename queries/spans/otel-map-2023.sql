-- OpenTelemetry exporter, Map schema before scope columns
--
-- Tables created until early 2024: the scope is among the span's attributes, and Duration is signed.
--
-- @include exporter map

SELECT
  either('otel.scope.name', 'otel.library.name') AS scope,
  either('otel.scope.version', 'otel.library.version') AS scope_version
FROM {database:Identifier}.{table:Identifier}
