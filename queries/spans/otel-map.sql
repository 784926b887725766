-- OpenTelemetry exporter, Map schema
--
-- The table that the OpenTelemetry Collector's ClickHouse exporter makes unless it is told `json: true`, and that the embedded
-- collector keeps. Old rows may say SPAN_KIND_SERVER and STATUS_CODE_ERROR; attributes may follow either generation of the
-- semantic conventions. A profile ends with its FROM clause: the composer adds the WHERE out of the filters below, which stay on
-- the raw columns so that they prune what a hand-written query would prune.
--
-- @needs Timestamp DateTime64
-- @needs TraceId String
-- @needs SpanId String
-- @needs ParentSpanId String
-- @needs TraceState String
-- @needs SpanName
-- @needs SpanKind
-- @needs ServiceName
-- @needs ResourceAttributes Map(
-- @needs ScopeName
-- @needs ScopeVersion
-- @needs SpanAttributes Map(
-- @needs Duration
-- @needs StatusCode
-- @needs StatusMessage
-- @needs Events.Timestamp Array
-- @needs Events.Name Array
-- @needs Events.Attributes Array(Map(
-- @needs Links.TraceId Array
-- @needs Links.Attributes Array(Map(
--
-- @filter from Timestamp >= {from:DateTime64(9, 'UTC')}
-- @filter to Timestamp < {to:DateTime64(9, 'UTC')}
-- @filter service ServiceName IN {value:Array(String)}
-- @filter name SpanName IN {value:Array(String)}
-- @filter kind SpanKind IN arrayConcat(arrayMap(k -> initcap(k), {value:Array(String)}), arrayMap(k -> concat('SPAN_KIND_', upper(k)), {value:Array(String)}))
-- @filter error StatusCode IN ('Error', 'STATUS_CODE_ERROR')
-- @filter event has(`Events.Name`, {value:String})
-- @filter min-duration Duration >= {value:UInt64} AND Duration < 9000000000000000000
-- @filter max-duration (Duration <= {value:UInt64} OR Duration >= 9000000000000000000)
-- @filter attr-equals (SpanAttributes[{key:String}] = {value:String} AND mapContains(SpanAttributes, {key:String}))
-- @filter attr-differs SpanAttributes[{key:String}] != {value:String}
-- @filter attr-matches match(SpanAttributes[{key:String}], {value:String})
-- @filter attr-above toFloat64OrNull(SpanAttributes[{key:String}]) > {value:Float64}
-- @filter attr-below toFloat64OrNull(SpanAttributes[{key:String}]) < {value:Float64}
-- @filter attr-present mapContains(SpanAttributes, {key:String})
-- @filter resource-equals (ResourceAttributes[{key:String}] = {value:String} AND mapContains(ResourceAttributes, {key:String}))
-- @filter resource-differs ResourceAttributes[{key:String}] != {value:String}
-- @filter resource-matches match(ResourceAttributes[{key:String}], {value:String})
-- @filter resource-above toFloat64OrNull(ResourceAttributes[{key:String}]) > {value:Float64}
-- @filter resource-below toFloat64OrNull(ResourceAttributes[{key:String}]) < {value:Float64}
-- @filter resource-present mapContains(ResourceAttributes, {key:String})
-- @filter trace TraceId IN (SELECT TraceId FROM {database:Identifier}.{table:Identifier} WHERE {matches})

SELECT
  toTimeZone(Timestamp, 'UTC') AS time,
  TraceId AS trace_id,
  SpanId AS span_id,
  ParentSpanId AS parent_id,
  TraceState AS trace_state,
  ScopeName AS scope,
  ScopeVersion AS scope_version,
  ServiceName AS service,
  SpanName AS name,
  multiIf(
    SpanKind IN ('Server', 'SPAN_KIND_SERVER'), 'server',
    SpanKind IN ('Client', 'SPAN_KIND_CLIENT'), 'client',
    SpanKind IN ('Internal', 'SPAN_KIND_INTERNAL'), 'internal',
    SpanKind IN ('Producer', 'SPAN_KIND_PRODUCER'), 'producer',
    SpanKind IN ('Consumer', 'SPAN_KIND_CONSUMER'), 'consumer',
    '') AS kind,
  CAST(StatusCode IN ('Error', 'STATUS_CODE_ERROR'), 'Bool') AS is_error,
  multiIf(is_error, 'error', StatusCode IN ('Ok', 'STATUS_CODE_OK'), 'ok', 'unset') AS status,
  StatusMessage AS status_message,
  -- The exporter subtracts without a sign: an end before its start became 1.8e19.
  if(Duration >= 9000000000000000000, 0, toUInt64(Duration)) AS duration,
  SpanAttributes AS attributes,
  ResourceAttributes AS resource,
  arrayMap(t -> toTimeZone(t, 'UTC'), `Events.Timestamp`) AS event_time,
  `Events.Name` AS event_name,
  `Events.Attributes` AS event_attributes,
  `Links.TraceId` AS link_trace_id,
  `Links.SpanId` AS link_span_id,
  `Links.Attributes` AS link_attributes,
  if(SpanAttributes['http.request.method'] != '', SpanAttributes['http.request.method'], SpanAttributes['http.method']) AS http_method,
  SpanAttributes['http.route'] AS http_route,
  toUInt16OrNull(if(SpanAttributes['http.response.status_code'] != '', SpanAttributes['http.response.status_code'], SpanAttributes['http.status_code'])) AS http_status,
  if(SpanAttributes['url.path'] != '', SpanAttributes['url.path'], path(SpanAttributes['http.target'])) AS http_path,
  if(SpanAttributes['db.system.name'] != '', SpanAttributes['db.system.name'], SpanAttributes['db.system']) AS db_system,
  if(SpanAttributes['db.query.text'] != '', SpanAttributes['db.query.text'], SpanAttributes['db.statement']) AS db_query,
  -- An exception is an event of the span in every generation; newer event names only end in `.exception`.
  arrayFirst(a -> mapContains(a, 'exception.type'), `Events.Attributes`)['exception.type'] AS exception_type,
  arrayFirst(a -> mapContains(a, 'exception.type'), `Events.Attributes`)['exception.message'] AS exception_message,
  -- W3C trace state `ot=th:<hex>` is a 56-bit rejection threshold T: the span stands for 2^56 / (2^56 - T) spans.
  multiIf(
    match(TraceState, '(?:^|,)\\s*ot=(?:[^,]*;)?th:[0-9a-f]{1,14}(?:[;,]|$)'),
    72057594037927936. / (72057594037927936. - toFloat64(reinterpretAsUInt64(reverse(unhex(concat('00',
      rightPad(extract(TraceState, '(?:^|,)\\s*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})(?:[;,]|$)'), 14, '0'))))))),
    toFloat64(greatest(toUInt64OrZero(SpanAttributes['SampleRate']), 1))) AS weight
FROM {database:Identifier}.{table:Identifier}
