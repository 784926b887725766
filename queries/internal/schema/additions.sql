-- What an existing spans table needs for otrace to read less
--
-- `otrace schema --additions` prints it with its flags in place of the marks. Inserts of old and new spans go on while
-- it runs. Spans that are stored already get the indexes with the last statements, at the cost of reading the indexed
-- columns once: the table is not locked. `DROP INDEX` undoes each.
--
-- Requests, failed spans and sampled spans: a query for them skips the granules that have none. Spans are sorted by
-- name, and those of one name are alike.

ALTER TABLE /*+ database */otel./*+ table */otel_traces/*+ on_cluster */
    ADD INDEX IF NOT EXISTS idx_otrace_entry
        (SpanKind, empty(ParentSpanId), ParentSpanId = '') TYPE set(16) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_otrace_status StatusCode TYPE set(8) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_otrace_events (StatusCode, `Events.Name`) TYPE set(64) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_otrace_sampled (TraceState LIKE '%ot=%th:%') TYPE set(2) GRANULARITY 1;
