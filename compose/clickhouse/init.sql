CREATE DATABASE IF NOT EXISTS otel;

CREATE TABLE IF NOT EXISTS otel.otel_traces
(
    `Timestamp` DateTime64(9) CODEC(Delta(8), ZSTD(3)),
    `TraceId` String CODEC(ZSTD(3)),
    `SpanId` String CODEC(ZSTD(3)),
    `ParentSpanId` String CODEC(ZSTD(3)),
    `TraceState` String CODEC(ZSTD(3)),
    `SpanName` LowCardinality(String) CODEC(ZSTD(3)),
    `SpanKind` LowCardinality(String) CODEC(ZSTD(3)),
    `ServiceName` LowCardinality(String) CODEC(ZSTD(3)),
    `ResourceAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    `ScopeName` String CODEC(ZSTD(3)),
    `ScopeVersion` String CODEC(ZSTD(3)),
    `SpanAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    `Duration` UInt64 CODEC(T64, ZSTD(3)),
    `StatusCode` LowCardinality(String) CODEC(ZSTD(3)),
    `StatusMessage` String CODEC(ZSTD(3)),
    `Events` Nested(
        `Timestamp` DateTime64(9),
        `Name` LowCardinality(String),
        `Attributes` Map(LowCardinality(String), String)) CODEC(ZSTD(3)),
    `Links` Nested(
        `TraceId` String,
        `SpanId` String,
        `TraceState` String,
        `Attributes` Map(LowCardinality(String), String)) CODEC(ZSTD(3)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_res_attr_key mapKeys(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_res_attr_value mapValues(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_span_attr_key mapKeys(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_span_attr_value mapValues(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_duration Duration TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(Timestamp)
PRIMARY KEY (ServiceName, SpanName, toDateTime(Timestamp))
ORDER BY (ServiceName, SpanName, toDateTime(Timestamp), Timestamp)
TTL toDateTime(Timestamp) + toIntervalDay(3)
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS otel.otel_traces_trace_id_ts
(
    `TraceId` String CODEC(ZSTD(3)),
    `Start` SimpleAggregateFunction(min, DateTime) CODEC(Delta(4), ZSTD(3)),
    `End` SimpleAggregateFunction(max, DateTime) CODEC(Delta(4), ZSTD(3))
)
ENGINE = AggregatingMergeTree
PARTITION BY toDate(Start)
ORDER BY TraceId
TTL toDateTime(Start) + toIntervalDay(3)
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS otel.otel_traces_trace_id_ts_mv
TO otel.otel_traces_trace_id_ts AS
SELECT TraceId, min(Timestamp) AS Start, max(Timestamp) AS End
FROM otel.otel_traces
WHERE TraceId != ''
GROUP BY TraceId;

CREATE TABLE IF NOT EXISTS otel.otel_logs
(
    `Timestamp` DateTime64(9) CODEC(Delta(8), ZSTD(3)),
    `TraceId` String CODEC(ZSTD(3)),
    `SpanId` String CODEC(ZSTD(3)),
    `TraceFlags` UInt8,
    `SeverityText` LowCardinality(String) CODEC(ZSTD(3)),
    `SeverityNumber` UInt8,
    `ServiceName` LowCardinality(String) CODEC(ZSTD(3)),
    `Body` String CODEC(ZSTD(3)),
    `ResourceSchemaUrl` LowCardinality(String) CODEC(ZSTD(3)),
    `ResourceAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    `ScopeSchemaUrl` LowCardinality(String) CODEC(ZSTD(3)),
    `ScopeName` String CODEC(ZSTD(3)),
    `ScopeVersion` LowCardinality(String) CODEC(ZSTD(3)),
    `ScopeAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    `LogAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    `EventName` String CODEC(ZSTD(3)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(Timestamp)
ORDER BY (toStartOfFiveMinutes(Timestamp), ServiceName, Timestamp)
TTL toDateTime(Timestamp) + toIntervalDay(3)
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1;

CREATE DATABASE IF NOT EXISTS otrace;

CREATE OR REPLACE VIEW otrace.spans AS
WITH
  key -> SpanAttributes[key] AS attribute,
  key -> ResourceAttributes[key] AS resource_attribute,
  toUInt64OrZero(SpanAttributes['SampleRate']) AS sample_rate,
  toBool(kind IN ('server', 'consumer') OR parent_id = '') AS enters,
  -- Two ids in a row share a slash: used twice.
  path -> replaceRegexpAll(path, '/(?:[0-9]+|[0-9a-fA-F-]{16,})(/|$)', '/{id}\\1') AS without_ids,
  a -> (mapContains(a, 'exception.type') OR mapContains(a, 'exception.message')) AS is_exception,
  (new, old) -> ifNull(nullIf(attribute(new), ''), attribute(old)) AS either,
  state -> extract(state, '(?:^|,)\\s*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})(?:;|\\s*(?:,|$))') AS threshold
SELECT
  toTimeZone(Timestamp, 'UTC') AS time,
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
  `Links.SpanId` AS link_span_id,
  SpanAttributes AS attributes,
  ResourceAttributes AS resource,
  `Events.Attributes` AS event_attributes,
  `Links.Attributes` AS link_attributes,
  ScopeName AS scope,
  ScopeVersion AS scope_version,
  enters AS is_entry,
  coalesce(
    nullIf(http_route, ''),
    nullIf(http_path, ''),
    nullIf(rpc_method, ''),
    nullIf(messaging_destination, ''),
    nullIf(name, ''),
    '(no name)') AS route,
  if(name = '' OR kind = 'server' AND name IN ('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'HTTP',
        'HTTP GET', 'HTTP POST', 'HTTP PUT', 'HTTP PATCH', 'HTTP DELETE', 'HTTP HEAD', 'HTTP OPTIONS'),
      trimRight(concat(
        coalesce(nullIf(name, ''), nullIf(http_method, ''), '(no name)'),
        ' ',
        coalesce(
          nullIf(http_route, ''),
          nullIf(without_ids(without_ids(http_path)), ''),
          nullIf(rpc_method, ''),
          messaging_destination))),
      name) AS operation,
  either('http.request.method', 'http.method') AS http_method,
  attribute('http.route') AS http_route,
  toUInt16OrNull(either('http.response.status_code', 'http.status_code')) AS http_status,
  coalesce(
    nullIf(attribute('url.path'), ''),
    path(coalesce(nullIf(attribute('http.target'), ''), either('url.full', 'http.url')))) AS http_path,
  either('db.system.name', 'db.system') AS db_system,
  either('db.query.text', 'db.statement') AS db_query,
  either('db.operation.name', 'db.operation') AS db_operation,
  either('db.namespace', 'db.name') AS db_namespace,
  coalesce(
    nullIf(attribute('db.collection.name'), ''),
    nullIf(attribute('db.sql.table'), ''),
    either('db.mongodb.collection', 'db.cassandra.table')) AS db_collection,
  either('rpc.system.name', 'rpc.system') AS rpc_system,
  -- Since 1.39 the method includes its service: `package.Service/Method`.
  concat(attribute('rpc.service'), if(attribute('rpc.service') != '', '/', ''), attribute('rpc.method')) AS rpc_method,
  coalesce(
    nullIf(attribute('rpc.status_code'), ''),
    nullIf(attribute('rpc.response.status_code'), ''),
    nullIf(upper(attribute('rpc.connect_rpc.error_code')), ''),
    transform(attribute('rpc.grpc.status_code'),
      ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14', '15', '16'],
      ['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS',
        'PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED',
        'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'])) AS rpc_status,
  attribute('messaging.system') AS messaging_system,
  either('messaging.destination.name', 'messaging.destination') AS messaging_destination,
  transform(either('messaging.operation.type', 'messaging.operation'), ['publish'], ['send']) AS messaging_operation,
  either('user.id', 'enduser.id') AS user_id,
  ifNull(
    nullIf(resource_attribute('deployment.environment.name'), ''),
    resource_attribute('deployment.environment')) AS environment,
  -- Since 1.33 the function's name is qualified; before, the namespace stood beside it.
  coalesce(
    nullIf(attribute('code.function.name'), ''),
    concat(nullIf(attribute('code.namespace'), ''), '.', attribute('code.function')),
    attribute('code.function')) AS code_function,
  -- On the span, or as an event of any name: newer ones only end in `.exception`.
  if(arrayExists(a -> is_exception(a), event_attributes),
    arrayFirst(a -> is_exception(a), event_attributes)['exception.type'],
    attribute('exception.type')) AS exception_type,
  if(arrayExists(a -> is_exception(a), event_attributes),
    arrayFirst(a -> is_exception(a), event_attributes)['exception.message'],
    attribute('exception.message')) AS exception_message,
  -- A threshold T of 56 bits represents 2^56 / (2^56 - T) spans. Float64 would round the difference of the largest
    -- ones to 0.
    if(threshold(trace_state) != '',
      72057594037927936. / toFloat64(72057594037927936 - reinterpretAsUInt64(reverse(unhex(
        concat('00', rightPad(threshold(trace_state), 14, '0')))))),
      toFloat64(greatest(sample_rate, 1))) AS weight
FROM otel.otel_traces;

CREATE OR REPLACE VIEW otrace.red AS
SELECT
  time,
  service,
  name,
  operation,
  kind,
  is_entry,
  http_method,
  http_route,
  http_status,
  is_error,
  weight AS calls,
  if(is_error, weight, 0) AS errors,
  duration,
  duration AS spent,
  toUInt64(1) AS samples
FROM otrace.spans;
