-- What the spans table has beside the exporter's columns
--
-- A store of an earlier version gets it, too, for the spans that come from then on.
--
-- `IsEntry` and the indexes on kinds, status, events and keys let a query skip whole granules: spans are sorted by
-- name, and those of one name are alike. `idx_events` serves conditions on status or events, such as those of `errors`.
-- `Identities` are the attributes whose keys end in `id`, as in queries/spans/otrace.sql;
-- nothing of them is stored but the index. An OR or a set in its lambda would hide the index from queries; a regular
-- expression costs 0.27 µs per span.
--
-- `red` has a row for each hour, kind of span and bin of durations. A bin keeps 5 binary digits after the first, so
-- that its middle is within 1.6 % of its durations. A part with it has `idx_identities`, too; `idx_kind` and
-- `idx_events` came later.
ALTER TABLE otel.otel_traces
    ADD COLUMN IF NOT EXISTS IsEntry Bool
        MATERIALIZED SpanKind IN ('Server', 'Consumer') OR empty(ParentSpanId) CODEC(ZSTD(3)),
    ADD COLUMN IF NOT EXISTS Identities Array(String)
        ALIAS arrayFilter(
            (item, key) -> endsWithCaseInsensitive(key, 'id'),
            arrayMap((key, value) -> concat(key, '=', value), mapKeys(SpanAttributes), mapValues(SpanAttributes)),
            mapKeys(SpanAttributes)),
    ADD INDEX IF NOT EXISTS idx_entry IsEntry TYPE minmax GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_kind SpanKind TYPE set(8) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_status StatusCode TYPE set(8) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_events (StatusCode, `Events.Name`) TYPE set(64) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_span_attr_key mapKeys(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_identities Identities TYPE text(tokenizer = 'array') GRANULARITY 100000000,
    ADD PROJECTION IF NOT EXISTS red
    (
        SELECT
            toStartOfHour(Timestamp) AS hour,
            ServiceName,
            SpanName,
            SpanKind,
            IsEntry,
            StatusCode,
            SpanAttributes['http.response.status_code'] AS http_status,
            SpanAttributes['http.status_code'] AS old_http_status,
            bitShiftRight(reinterpretAsUInt32(toFloat32(Duration)), 18) AS duration_bin,
            count(),
            sum(Duration),
            min(Timestamp)
        GROUP BY
            hour,
            ServiceName,
            SpanName,
            SpanKind,
            IsEntry,
            StatusCode,
            http_status,
            old_http_status,
            duration_bin
    )
