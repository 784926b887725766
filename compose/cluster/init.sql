CREATE DATABASE IF NOT EXISTS otel ON CLUSTER otrace;

CREATE TABLE IF NOT EXISTS otel.otel_traces_local ON CLUSTER otrace
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
ENGINE = ReplicatedMergeTree
PARTITION BY toDate(Timestamp)
PRIMARY KEY (ServiceName, SpanName, toDateTime(Timestamp))
ORDER BY (ServiceName, SpanName, toDateTime(Timestamp), Timestamp)
TTL toDateTime(Timestamp) + toIntervalDay(3)
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS otel.otel_traces_trace_id_ts_local ON CLUSTER otrace
(
    `TraceId` String CODEC(ZSTD(3)),
    `Start` SimpleAggregateFunction(min, DateTime) CODEC(Delta(4), ZSTD(3)),
    `End` SimpleAggregateFunction(max, DateTime) CODEC(Delta(4), ZSTD(3))
)
ENGINE = ReplicatedAggregatingMergeTree
PARTITION BY toDate(Start)
ORDER BY TraceId
TTL toDateTime(Start) + toIntervalDay(3)
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS otel.otel_traces_trace_id_ts_mv ON CLUSTER otrace
TO otel.otel_traces_trace_id_ts_local AS
SELECT TraceId, min(Timestamp) AS Start, max(Timestamp) AS End
FROM otel.otel_traces_local
WHERE TraceId != ''
GROUP BY TraceId;

CREATE TABLE IF NOT EXISTS otel.otel_logs_local ON CLUSTER otrace
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
ENGINE = ReplicatedMergeTree
PARTITION BY toDate(Timestamp)
ORDER BY (toStartOfFiveMinutes(Timestamp), ServiceName, Timestamp)
TTL toDateTime(Timestamp) + toIntervalDay(3)
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS otel.otel_traces ON CLUSTER otrace
AS otel.otel_traces_local
ENGINE = Distributed('otrace', 'otel', 'otel_traces_local', cityHash64(TraceId));

CREATE TABLE IF NOT EXISTS otel.otel_traces_trace_id_ts ON CLUSTER otrace
AS otel.otel_traces_trace_id_ts_local
ENGINE = Distributed('otrace', 'otel', 'otel_traces_trace_id_ts_local', cityHash64(TraceId));

CREATE TABLE IF NOT EXISTS otel.otel_logs ON CLUSTER otrace
AS otel.otel_logs_local
ENGINE = Distributed('otrace', 'otel', 'otel_logs_local', cityHash64(TraceId, Timestamp));

CREATE DATABASE IF NOT EXISTS otrace ON CLUSTER otrace;

CREATE OR REPLACE VIEW otrace.spans ON CLUSTER otrace AS
WITH
  key -> SpanAttributes[key] AS attribute,
  key -> ResourceAttributes[key] AS resource_attribute,
  toUInt64OrZero(SpanAttributes['SampleRate']) AS sample_rate,
  toBool(kind IN ('server', 'consumer') OR parent_id = '') AS enters,
  -- Two ids in a row share a slash: used twice.
  path -> replaceRegexpAll(
    path, '/(?:[0-9]+|[0-9a-fA-F-]{16,}|[^/@]+(?:@|%40)[^/]*)(/|$)', '/{id}\\1') AS without_ids,
  a -> (mapContains(a, 'exception.type') OR mapContains(a, 'exception.message')) AS is_exception,
  (new, old) -> ifNull(nullIf(attribute(new), ''), attribute(old)) AS either,
  names -> arrayExists(name -> name = 'exception' OR endsWith(name, '.exception'), names) AS any_exception,
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
  -- The keys have an index.
  hasAny(mapKeys(SpanAttributes), ['db.system.name', 'db.system', 'db.query.text', 'db.statement']) AS may_be_database,
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
    nullIf(cutQueryStringAndFragment(attribute('url.path')), ''),
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
  multiIf(
    http_status >= 500
      OR rpc_status IN ('UNKNOWN', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS'), 2,
    http_status >= 400 OR rpc_status NOT IN ('', 'OK'), 1,
    0) AS severity,
  (is_error OR any_exception(event_name)
    OR attribute('exception.type') != '' OR attribute('exception.message') != ''
    OR kind IN ('server', 'client') AND severity = 2) AS is_failure,
  attribute('error.type') AS error_type,
  -- A threshold T of 56 bits represents 2^56 / (2^56 - T) spans. Float64 would round the difference of the largest
    -- ones to 0.
    if(threshold(trace_state) != '',
      72057594037927936. / toFloat64(72057594037927936 - reinterpretAsUInt64(reverse(unhex(
        concat('00', rightPad(threshold(trace_state), 14, '0')))))),
      toFloat64(greatest(sample_rate, 1))) AS weight
FROM otel.otel_traces;

CREATE OR REPLACE VIEW otrace.red ON CLUSTER otrace AS
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

CREATE OR REPLACE FUNCTION otrace_clip ON CLUSTER otrace AS
  (text) ->
  if(lengthUTF8(text) > 2000,
    concat('(', toString(lengthUTF8(text)), ' characters) ', substringUTF8(text, 1, 2000)), text);

CREATE OR REPLACE FUNCTION otrace_clip_series ON CLUSTER otrace AS
  (text) ->
  if(lengthUTF8(text) > 2000, concat(otrace_clip(text), ' ', hex(cityHash64(text))), text);

CREATE OR REPLACE FUNCTION otrace_clip_map ON CLUSTER otrace AS
  (texts) ->
  mapApply((key, value) -> (key, otrace_clip(value)), texts);

CREATE OR REPLACE FUNCTION otrace_window_seconds ON CLUSTER otrace AS
  (window_from, window_to) ->
  dateDiff('nanosecond', toDateTime64(window_from, 9, 'UTC'), toDateTime64(window_to, 9, 'UTC')) / 1000000000;

CREATE OR REPLACE FUNCTION otrace_covered_seconds ON CLUSTER otrace AS
  (bucket, window_from, window_to, step) ->
  greatest(1, dateDiff('nanosecond',
    greatest(toDateTime64(bucket, 9, 'UTC'), toDateTime64(window_from, 9, 'UTC')),
    least(toDateTime64(bucket, 9, 'UTC') + toIntervalSecond(step), toDateTime64(window_to, 9, 'UTC'))))
    / 1000000000;

CREATE OR REPLACE FUNCTION otrace_first_bucket ON CLUSTER otrace AS
  (window_from, step) ->
  toStartOfInterval(toDateTime64(window_from, 9, 'UTC'), toIntervalSecond(step), 'UTC');

CREATE OR REPLACE FUNCTION otrace_end_bucket ON CLUSTER otrace AS
  (window_from, window_to, step) ->
  greatest(otrace_first_bucket(window_from, step), toDateTime(
    least(toDateTime64(window_to, 9, 'UTC'), toDateTime64('2106-02-07 06:28:15', 9, 'UTC') - toIntervalSecond(step))
      + toIntervalNanosecond(999999999), 'UTC'));

CREATE OR REPLACE FUNCTION otrace_countable ON CLUSTER otrace AS
  (value) ->
  if(abs(toFloat64(value)) < 1e40, value, 0);

CREATE OR REPLACE FUNCTION otrace_stable_sum ON CLUSTER otrace AS
  (value) ->
  toFloat64(sum(toInt256(round(toFloat64(otrace_countable(value)) * 1000000000)))) / 1000000000;

CREATE OR REPLACE FUNCTION otrace_number_sum ON CLUSTER otrace AS
  (value, weight) ->
  sum(otrace_countable(value) * toUInt64(floor(weight)))
      + sum(toDecimal256(toFloat64(otrace_countable(value)) * (weight - floor(weight)), 18));

CREATE OR REPLACE FUNCTION otrace_adjusted_count ON CLUSTER otrace AS
  (weight) ->
  toUInt64(sum(toUInt128(floor(weight)))
      + toUInt64(round(sum(toUInt64(round((weight - floor(weight)) * 1000000000))) / 1000000000)));

CREATE OR REPLACE FUNCTION otrace_adjusted_sum ON CLUSTER otrace AS
  (weight) ->
  otrace_stable_sum(weight);

CREATE OR REPLACE FUNCTION otrace_adjusted_squares ON CLUSTER otrace AS
  (weight) ->
  toFloat64(sum(toInt256(round(weight * weight * 1000000000)))) / 1000000000;

CREATE OR REPLACE FUNCTION otrace_adjusted_sums ON CLUSTER otrace AS
  (weights) ->
  arrayMap(part -> toFloat64(part) / 1000000000,
      sumForEach(arrayMap(one -> toInt128(round(one * 1000000000)), weights)));

CREATE OR REPLACE FUNCTION otrace_adjusted_trend ON CLUSTER otrace AS
  (weight, part) ->
  arrayMap(spans -> toUInt64(round(spans / 1000000000)),
      sumResample(0, 20, 1)(toUInt128(round(weight * 1000000000)), part));

CREATE OR REPLACE FUNCTION otrace_total ON CLUSTER otrace AS
  (value, weight) ->
  toUInt128(intDiv(sum(toUInt256(value) * toUInt256(round(weight * 4294967296))), 4294967296));

CREATE OR REPLACE FUNCTION otrace_percentiles ON CLUSTER otrace AS
  (value, weight) ->
  arrayMap(
      (bin, least_value, most_value) ->
        greatest(least_value, least(most_value, toUInt64(reinterpretAsFloat32(toUInt32(bin) * 65536 + 32768)))),
      if(sum(weight) < 9007199254740992.,
        quantilesExactWeighted(0.5, 0.95, 0.99)(
          bitShiftRight(reinterpretAsUInt32(toFloat32(value)), 16),
          toUInt64(round(least(weight, 9007199254740992.) * 1024))),
        quantilesExactWeightedIf(0.5, 0.95, 0.99)(
          bitShiftRight(reinterpretAsUInt32(toFloat32(value)), 16),
          toUInt64(round(weight / 1048576)),
          weight >= 524288)),
      arrayWithConstant(3, minIf(toUInt64(value), weight > 0)),
      arrayWithConstant(3, maxIf(toUInt64(value), weight > 0)));

CREATE OR REPLACE FUNCTION otrace_log_bin ON CLUSTER otrace AS
  (value) ->
  toInt32(floor(log10(greatest(toFloat64(value), 1)) * 100 + 1e-9));

CREATE OR REPLACE FUNCTION otrace_log_bin_start ON CLUSTER otrace AS
  (bin) ->
  toUInt64(if(bin <= 0, 0, ceil(exp10(bin / 100) * (1 - 2e-11))));

CREATE OR REPLACE FUNCTION otrace_log_bin_width ON CLUSTER otrace AS
  (range, most) ->
  arrayFirst(
    width -> intDiv(range, width) + 2 <= most OR width = 100, [1, 2, 5, 10, 20, 50, 100]);

CREATE OR REPLACE FUNCTION otrace_line_pattern ON CLUSTER otrace AS
  (text) ->
  arrayStringConcat(arraySlice(splitByChar(' ', replaceRegexpAll(
    replaceRegexpAll(substringUTF8(splitByChar('\n', text)[1], 1, 400), '[\\w.:/@+-]*[0-9][\\w.:/@+-]*', '*'),
    '(?:[*] )+', '* ')), 1, 12), ' ');

CREATE OR REPLACE FUNCTION otrace_exception_pattern ON CLUSTER otrace AS
  (attributes) ->
  otrace_line_pattern(concat(attributes['exception.type'],
    if(attributes['exception.message'] = '', '', ': '), attributes['exception.message']));

CREATE OR REPLACE FUNCTION otrace_failure_message ON CLUSTER otrace AS
  (status_message, exception_message, exception_type, error_type, rpc_status, http_status) ->
  multiIf(
    status_message != '', status_message,
    exception_message != '', exception_message,
    exception_type != '', exception_type,
    match(error_type, '[a-z]'), error_type,
    rpc_status NOT IN ('', 'OK'), concat('answered ', rpc_status),
    http_status > 0, concat('answered ', toString(http_status)),
    '(no message)');

CREATE OR REPLACE FUNCTION otrace_severity_number ON CLUSTER otrace AS
  (text, number) ->
  multiIf(
    number > 0, number,
    match(text, '(?i)^(?:fatal|crit|emerg|panic)'), 21,
    match(text, '(?i)^(?:err|severe|alert)'), 17,
    match(text, '(?i)^warn'), 13,
    match(text, '(?i)^(?:trace|verbose|finest)'), 1,
    match(text, '(?i)^(?:debug|fine)'), 5,
    9);

CREATE OR REPLACE FUNCTION otrace_severity_text ON CLUSTER otrace AS
  (text, number) ->
  multiIf(
    text != '' OR number = 0, toString(text),
    number > 24, toString(number),
    concat(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'][intDiv(number + 3, 4)],
      ['', '2', '3', '4'][(number - 1) % 4 + 1]));

CREATE OR REPLACE FUNCTION otrace_marked_codes ON CLUSTER otrace AS
  (text) ->
  replaceRegexpAll(
    replaceRegexpAll(
      text,
      '(?i)\\b((?:(?:status|err(?:or)?)[ _-]?code|status|code|errno|sqlstate|answered)\\b\\W{0,3}|'
      || 'https?(?:/[0-9.]+)?[ :=-]{1,2}|error[ _#=-]{1,2})([0-9])',
      '\\1\x01\\2'),
    '\\b([45][0-9]{2} [A-Z][a-z])', '\x01\\1');

CREATE OR REPLACE FUNCTION otrace_masked_text ON CLUSTER otrace AS
  (text) ->
  replaceAll(
    replaceRegexpAll(
      replaceRegexpAll(
        otrace_marked_codes(text),
        '(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\\b(?:0x[0-9a-f]+|[0-9a-f]{16,})\\b',
        '<id>'),
      '(^|[^\\w.\x01-]|[^A-Z0-9\x01]-)[0-9]+(?:[.,:/-][0-9]+|T[0-9]+)*((?:ms|us|ns|[smhdBZ]|[kKMGT]i?[Bb]?)?)\\b',
      '\\1<n>\\2'),
    '\x01', '');

CREATE OR REPLACE FUNCTION otrace_last_trace ON CLUSTER otrace AS
  (trace_id, time) ->
  argMax(trace_id, bitOr(
    bitShiftLeft(toUInt256(toUnixTimestamp64Nano(time)), 192),
    reinterpretAsUInt256(reverse(right(trace_id, 24)))));

CREATE OR REPLACE FUNCTION otrace_example_text ON CLUSTER otrace AS
  (text) ->
  if(lengthUTF8(text) > 40, concat(substringUTF8(text, 1, 39), '…'), text);

CREATE OR REPLACE FUNCTION otrace_any_examples ON CLUSTER otrace AS
  (value) ->
  [
    argMin(value, cityHash64(value)),
    argMin(value, bitXor(cityHash64(value), 6148914691236517205)),
    argMax(value, cityHash64(value))];

CREATE OR REPLACE FUNCTION otrace_examples_among ON CLUSTER otrace AS
  (frequent, others, different, occurrences) ->
  arraySlice(if(different <= 100,
    arrayMap(one -> one.1, arraySort(one -> (-toInt64(one.2), one.1), frequent)),
    arrayDistinct(arrayConcat(
      arraySort(arrayMap(one -> one.1, arrayFilter(one -> one.2 * 10 >= occurrences, frequent))),
      others))), 1, 3);

CREATE OR REPLACE FUNCTION otrace_counter_role ON CLUSTER otrace AS
  (key) ->
  multiIf(
    key IN ('v8js.memory.heap.used', 'process.runtime.nodejs.memory.heap.used', 'jvm.memory.used',
      'jvm.memory.heap.used', 'process.runtime.jvm.memory.usage', 'go.memory.used', 'go.memstats.heap_alloc',
      'process.runtime.go.mem.heap_alloc', 'process.runtime.go.mem.heap.alloc', 'runtime.go.mem.heap_alloc',
      'dotnet.gc.last_collection.heap.size', 'process.runtime.dotnet.gc.heap.size',
      'process.runtime.cpython.memory'), 'heap',
    key IN ('nodejs.eventloop.delay.max', 'process.runtime.nodejs.eventloop.delay.max'), 'delay',
    NOT match(key, '[.](?:gc[._]|memstats[.])') OR match(key, '[._](?:min|max|avg|mean|rate|last|p\\d+)$'), '',
    match(key, '[._]uncollectable(?:_objects)?(?:[.][^.]+)?$'), 'uncollectable',
    match(key, '[._]collected(?:_objects)?(?:[.][^.]+)?$'), 'collected',
    match(key, '[._](?:count|num_gc)$'), 'collections',
    match(key, '[._](?:duration|time|elapsed|pause_total_ns)(?:[.][^.]+)?$'), 'time',
    match(key, '[._](?:count|collections|cycles)(?:[.][^.]+)?$'), 'collections',
    '');

CREATE OR REPLACE FUNCTION otrace_counter_unit ON CLUSTER otrace AS
  (key) ->
  multiIf(
    endsWith(key, '_ns') OR startsWith(key, 'process.runtime.dotnet'), 1,
    match(key, 'jvm[.]gc[.](?:.*[.])?(?:time|elapsed)(?:[.][^.]+)?$'), 1000000,
    1000000000);

CREATE OR REPLACE FUNCTION otrace_is_renamed ON CLUSTER otrace AS
  (key) ->
  match(key, '^(?:process[.])?runtime[.]');

CREATE OR REPLACE FUNCTION otrace_trace_number ON CLUSTER otrace AS
  (id) ->
  bitShiftRight(cityHash64(id), 15);

CREATE OR REPLACE FUNCTION otrace_span_number ON CLUSTER otrace AS
  (id) ->
  toUInt32(cityHash64(id));

CREATE OR REPLACE FUNCTION otrace_first_of_pairs ON CLUSTER otrace AS
  (values, traces, spans, most) ->
  if(length(values) <= most, values, arraySlice(
    arraySort((value, trace, span) -> (trace, span), values, traces, spans), 1, most));

CREATE OR REPLACE FUNCTION otrace_version ON CLUSTER otrace AS
  () ->
  'otel-map 35909b5317ce';
