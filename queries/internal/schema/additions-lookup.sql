-- When each trace was: finds one by its id without reading every day. The last statement fills it for stored spans.

CREATE TABLE IF NOT EXISTS /*+ database */otel./*+ lookup */otel_traces_trace_id_ts/*+ on_cluster */
(
    `TraceId` String CODEC(ZSTD(3)),
    `Start` SimpleAggregateFunction(min, DateTime) CODEC(Delta(4), ZSTD(3)),
    `End` SimpleAggregateFunction(max, DateTime) CODEC(Delta(4), ZSTD(3))
)
ENGINE = /*+ lookup_engine */AggregatingMergeTree
PARTITION BY toDate(Start)
ORDER BY TraceId/*+ lookup_ttl */
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS /*+ database */otel./*+ view */otel_traces_trace_id_ts_mv/*+ on_cluster */
TO /*+ database */otel./*+ lookup */otel_traces_trace_id_ts AS
SELECT TraceId, min(Timestamp) AS Start, max(Timestamp) AS End
FROM /*+ database */otel./*+ table */otel_traces
WHERE TraceId != ''
GROUP BY TraceId;

INSERT INTO /*+ database */otel./*+ lookup */otel_traces_trace_id_ts
SELECT TraceId, min(Timestamp) AS Start, max(Timestamp) AS End
FROM /*+ database */otel./*+ table */otel_traces
WHERE TraceId != ''
GROUP BY TraceId;
