CREATE TABLE signoz_index_v3
(
  ts_bucket_start UInt64 CODEC(DoubleDelta, LZ4),
  resource_fingerprint String CODEC(ZSTD(1)),
  timestamp DateTime64(9) CODEC(DoubleDelta, LZ4),
  trace_id FixedString(32) CODEC(ZSTD(1)),
  span_id String CODEC(ZSTD(1)),
  trace_state String CODEC(ZSTD(1)),
  parent_span_id String CODEC(ZSTD(1)),
  flags UInt32 CODEC(T64, ZSTD(1)),
  name LowCardinality(String) CODEC(ZSTD(1)),
  kind Int8 CODEC(T64, ZSTD(1)),
  kind_string String CODEC(ZSTD(1)),
  duration_nano UInt64 CODEC(T64, ZSTD(1)),
  status_code Int16 CODEC(T64, ZSTD(1)),
  status_message String CODEC(ZSTD(1)),
  status_code_string String CODEC(ZSTD(1)),
  attributes_string Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  attributes_number Map(LowCardinality(String), Float64) CODEC(ZSTD(1)),
  attributes_bool Map(LowCardinality(String), Bool) CODEC(ZSTD(1)),
  resources_string Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  events Array(String) CODEC(ZSTD(2)),
  links String CODEC(ZSTD(1)),
  response_status_code LowCardinality(String) CODEC(ZSTD(1)),
  http_method LowCardinality(String) CODEC(ZSTD(1)),
  has_error Bool CODEC(T64, ZSTD(1)),
  `resource_string_service$$name` LowCardinality(String) DEFAULT resources_string['service.name'] CODEC(ZSTD(1)),
  `attribute_string_http$$route` LowCardinality(String) DEFAULT attributes_string['http.route'] CODEC(ZSTD(1)),
  traceID FixedString(32) ALIAS trace_id,
  spanID String ALIAS span_id,
  serviceName LowCardinality(String) ALIAS `resource_string_service$$name`,
  INDEX idx_trace_id trace_id TYPE tokenbf_v1(10000, 5, 0) GRANULARITY 1,
  INDEX idx_duration duration_nano TYPE minmax GRANULARITY 1,
  INDEX attributes_string_idx_key mapKeys(attributes_string) TYPE tokenbf_v1(1024, 2, 0) GRANULARITY 1,
  INDEX attributes_number_idx_key mapKeys(attributes_number) TYPE tokenbf_v1(1024, 2, 0) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(timestamp)
ORDER BY (ts_bucket_start, resource_fingerprint, has_error, name, timestamp)
