CREATE MATERIALIZED VIEW IF NOT EXISTS otel.otel_traces_failures_mv TO otel.otel_traces_failures AS
SELECT *
FROM otel.otel_traces
WHERE IsFailure OR Severity > 0
