-- Spans that failed or that a server refused, once more: they are few, and read without the others. `errors` looks
-- for both, since what a server answered says how badly the calls in it ended. Columns are those of the spans table,
-- without its indexes and sums.
CREATE TABLE IF NOT EXISTS otel.otel_traces_failures AS otel.otel_traces
ENGINE = MergeTree
PARTITION BY toDate(Timestamp)
PRIMARY KEY toDateTime(Timestamp)
ORDER BY (toDateTime(Timestamp), Timestamp)
SETTINGS index_granularity = 1024, propagate_types_serialization_versions_to_nested_types = 0,
    auto_statistics_types = '';

ALTER TABLE otel.otel_traces_failures
    DROP INDEX IF EXISTS idx_trace_id,
    DROP INDEX IF EXISTS idx_duration,
    DROP INDEX IF EXISTS idx_entry,
    DROP INDEX IF EXISTS idx_kind,
    DROP INDEX IF EXISTS idx_status,
    DROP INDEX IF EXISTS idx_events,
    DROP INDEX IF EXISTS idx_failure,
    DROP INDEX IF EXISTS idx_span_attr_key,
    DROP INDEX IF EXISTS idx_identities,
    DROP PROJECTION IF EXISTS red,
    DROP PROJECTION IF EXISTS attribute_keys,
    DROP PROJECTION IF EXISTS resources;
