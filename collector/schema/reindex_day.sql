-- Writes what the spans of one day lack of additions_to_traces.sql. The engine goes on after a restart.
ALTER TABLE otel.otel_traces
    MATERIALIZE COLUMN IsEntry IN PARTITION /*+ day */'1970-01-01',
    MATERIALIZE COLUMN Severity IN PARTITION /*+ day */'1970-01-01',
    MATERIALIZE COLUMN IsFailure IN PARTITION /*+ day */'1970-01-01',
    MATERIALIZE INDEX idx_entry IN PARTITION /*+ day */'1970-01-01',
    MATERIALIZE INDEX idx_kind IN PARTITION /*+ day */'1970-01-01',
    MATERIALIZE INDEX idx_status IN PARTITION /*+ day */'1970-01-01',
    MATERIALIZE INDEX idx_failure IN PARTITION /*+ day */'1970-01-01',
    MATERIALIZE INDEX idx_events IN PARTITION /*+ day */'1970-01-01',
    MATERIALIZE INDEX idx_span_attr_key IN PARTITION /*+ day */'1970-01-01',
    MATERIALIZE INDEX idx_identities IN PARTITION /*+ day */'1970-01-01',
    MATERIALIZE PROJECTION red IN PARTITION /*+ day */'1970-01-01',
    MATERIALIZE PROJECTION attribute_keys IN PARTITION /*+ day */'1970-01-01',
    MATERIALIZE PROJECTION resources IN PARTITION /*+ day */'1970-01-01'
SETTINGS mutations_sync = 0
