-- Tables for spans, with the names and columns of the OpenTelemetry exporter
--
-- `otrace schema` prints them with its flags in place of the marks.

CREATE DATABASE IF NOT EXISTS /*+ database */otel/*+ on_cluster */;

CREATE TABLE IF NOT EXISTS /*+ database */otel.otel_traces/*+ local *//*+ on_cluster */
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
ENGINE = /*+ engine */MergeTree
PARTITION BY toDate(Timestamp)
PRIMARY KEY (ServiceName, SpanName, toDateTime(Timestamp))
ORDER BY (ServiceName, SpanName, toDateTime(Timestamp), Timestamp)/*+ ttl */
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS /*+ database */otel.otel_traces_trace_id_ts/*+ local *//*+ on_cluster */
(
    `TraceId` String CODEC(ZSTD(3)),
    `Start` SimpleAggregateFunction(min, DateTime) CODEC(Delta(4), ZSTD(3)),
    `End` SimpleAggregateFunction(max, DateTime) CODEC(Delta(4), ZSTD(3))
)
ENGINE = /*+ lookup_engine */AggregatingMergeTree
PARTITION BY toDate(Start)
ORDER BY TraceId/*+ lookup_ttl */
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS /*+ database */otel.otel_traces_trace_id_ts_mv/*+ on_cluster */
TO /*+ database */otel.otel_traces_trace_id_ts/*+ local */ AS
SELECT TraceId, min(Timestamp) AS Start, max(Timestamp) AS End
FROM /*+ database */otel.otel_traces/*+ local */
WHERE TraceId != ''
GROUP BY TraceId;
