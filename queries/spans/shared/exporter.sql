-- Columns of every table of the OpenTelemetry exporter
--
-- The same in its Map schema, in all generations, and in its JSON schema. Old rows say SPAN_KIND_SERVER and
-- STATUS_CODE_ERROR, some tools write the numbers of OTLP.
--
-- @needs Timestamp DateTime64
-- @needs TraceId String
-- @needs SpanId String
-- @needs ParentSpanId String
-- @needs TraceState String
-- @needs SpanName
-- @needs SpanKind
-- @needs ServiceName
-- @needs Duration
-- @needs StatusCode
-- @needs StatusMessage
-- @needs Events.Timestamp Array
-- @needs Events.Name Array
-- @needs Links.TraceId Array
-- @needs Links.SpanId Array
-- @lookup {table}_trace_id_ts TraceId Start End
-- @logs otel_logs
-- @spellings SpanKind StatusCode
-- @filter from Timestamp >= {from:DateTime64(9, 'UTC')}
-- @filter to Timestamp < {to:DateTime64(9, 'UTC')}
-- @filter kind has(spellings({value:Array(String)}), SpanKind)
-- @filter error StatusCode IN ('Error', 'STATUS_CODE_ERROR', '2')
-- @filter min-duration Duration >= {value:UInt64} AND Duration < 9000000000000000000
-- @filter max-duration (Duration <= {value:UInt64} OR Duration >= 9000000000000000000)

WITH
  kinds -> arrayFlatten(arrayMap(k -> [initcap(k), concat('SPAN_KIND_', upper(k)),
    toString(indexOf(['internal', 'server', 'client', 'producer', 'consumer'], k))], kinds)) AS spellings
SELECT
  toTimeZone(Timestamp, 'UTC') AS time,
  Timestamp AS stored_time,
  TraceId AS trace_id,
  SpanId AS span_id,
  ParentSpanId AS parent_id,
  TraceState AS trace_state,
  ServiceName AS service,
  SpanName AS name,
  transform(SpanKind,
    ['Server', 'SPAN_KIND_SERVER', '2', 'Client', 'SPAN_KIND_CLIENT', '3', 'Internal', 'SPAN_KIND_INTERNAL', '1',
      'Producer', 'SPAN_KIND_PRODUCER', '4', 'Consumer', 'SPAN_KIND_CONSUMER', '5'],
    ['server', 'server', 'server', 'client', 'client', 'client', 'internal', 'internal', 'internal',
      'producer', 'producer', 'producer', 'consumer', 'consumer', 'consumer'],
    '') AS kind,
  CAST(StatusCode IN ('Error', 'STATUS_CODE_ERROR', '2'), 'Bool') AS is_error,
  multiIf(is_error, 'error', StatusCode IN ('Ok', 'STATUS_CODE_OK', '1'), 'ok', 'unset') AS status,
  StatusMessage AS status_message,
  -- The exporter subtracts without a sign: an end before its start becomes 1.8e19, or negative in a signed column.
  if(Duration < 0 OR Duration >= 9000000000000000000, 0, toUInt64(Duration)) AS duration,
  arrayMap(t -> toTimeZone(t, 'UTC'), `Events.Timestamp`) AS event_time,
  `Events.Name` AS event_name,
  `Links.TraceId` AS link_trace_id,
  `Links.SpanId` AS link_span_id
