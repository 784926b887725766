-- Granules of the window, and those with requests, failed spans and sampled spans
--
-- Of a table of the OpenTelemetry exporter. An index on each lets a query read these alone.
-- `granule` is the mean number of rows of one.

WITH
  (_part, intDiv(_part_offset, {granule:UInt64})) AS place,
  SpanKind IN ('Server', 'Consumer', 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER', '2', '5') AS enters
SELECT
  uniqExact(place) AS all,
  uniqExactIf(place, enters OR ParentSpanId = '') AS requests,
  uniqExactIf(place, StatusCode IN ('Error', 'STATUS_CODE_ERROR', '2')) AS errors,
  uniqExactIf(place, TraceState LIKE '%ot=%th:%') AS sampled
FROM {database:Identifier}.{table:Identifier}
WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
