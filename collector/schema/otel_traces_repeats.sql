-- The seconds in which spans start that were received again. Queries look for several versions of a span in them alone.
CREATE TABLE IF NOT EXISTS otel.otel_traces_repeats
(
    `Second` DateTime CODEC(Delta(4), ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(Second)
ORDER BY Second
