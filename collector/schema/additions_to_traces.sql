-- What the spans table has beside the exporter's columns
--
-- A store of an earlier version gets it, too, and the new definition of a column that it has, for the spans that come
-- from then on.
--
-- `IsEntry` and the indexes on kinds, status, events and keys let a query skip whole granules: spans are sorted by
-- name, and those of one name are alike. `Severity` is 2 where a server failed, 1 where it refused, and `IsFailure` is
-- what `errors` looks for, both as in queries/spans/shared/identity.sql. An index on a condition with OR would cost
-- 0.1 ms a granule.
-- `Identities` are the attributes whose keys end in `id`, as in queries/spans/otrace.sql;
-- nothing of them is stored but the index. An OR or a set in its lambda would hide the index from queries; a regular
-- expression costs 0.27 µs per span.
--
-- `red` has a row for each hour, kind of span and bin of durations. A bin keeps 5 binary digits after the first, so
-- that its middle is within 1.6 % of its durations. A part with it has `idx_identities`, too; `idx_kind`,
-- `idx_events`, `idx_failure` and the other projections came later.
--
-- `attribute_keys` has a row for each hour and service, with the spans and a sketch of the values of each key.
-- `resources` has a row for each hour and resource.
ALTER TABLE otel.otel_traces
    ADD COLUMN IF NOT EXISTS IsEntry Bool
        MATERIALIZED SpanKind IN ('Server', 'Consumer') OR empty(ParentSpanId) CODEC(ZSTD(3)),
    ADD COLUMN IF NOT EXISTS Severity UInt8
        MATERIALIZED greatest(
            least(greatest(intDiv(toUInt16OrZero(if(SpanAttributes['http.response.status_code'] != '',
                SpanAttributes['http.response.status_code'], SpanAttributes['http.status_code'])), 100), 3) - 3, 2),
            if(arrayExists(key -> startsWith(key, 'rpc.'), mapKeys(SpanAttributes)),
                transform(
                    multiIf(
                        SpanAttributes['rpc.status_code'] != '', SpanAttributes['rpc.status_code'],
                        SpanAttributes['rpc.response.status_code'] != '', SpanAttributes['rpc.response.status_code'],
                        SpanAttributes['rpc.connect_rpc.error_code'] != '',
                            upper(SpanAttributes['rpc.connect_rpc.error_code']),
                        transform(SpanAttributes['rpc.grpc.status_code'], ['0', '2', '4', '12', '13', '14', '15'],
                            ['OK', 'UNKNOWN', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE',
                                'DATA_LOSS'])),
                    ['', 'OK', 'UNKNOWN', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS'],
                    [0, 0, 2, 2, 2, 2, 2, 2], 1),
                0)) CODEC(ZSTD(3)),
    ADD COLUMN IF NOT EXISTS IsFailure Bool
        MATERIALIZED StatusCode = 'Error'
            OR arrayExists(event -> event = 'exception' OR endsWith(event, '.exception'), `Events.Name`)
            OR SpanAttributes['exception.type'] != '' OR SpanAttributes['exception.message'] != ''
            OR Severity = 2 AND SpanKind IN ('Server', 'Client') CODEC(ZSTD(3)),
    ADD COLUMN IF NOT EXISTS Identities Array(String)
        ALIAS arrayFilter(
            (item, key) -> endsWithCaseInsensitive(key, 'id'),
            arrayMap((key, value) -> concat(key, '=', value), mapKeys(SpanAttributes), mapValues(SpanAttributes)),
            mapKeys(SpanAttributes)),
    ADD INDEX IF NOT EXISTS idx_entry IsEntry TYPE minmax GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_kind SpanKind TYPE set(8) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_status StatusCode TYPE set(8) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_events (StatusCode, `Events.Name`) TYPE set(64) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_failure IsFailure TYPE minmax GRANULARITY 1,
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
    ),
    ADD PROJECTION IF NOT EXISTS attribute_keys
    (
        SELECT
            toStartOfHour(Timestamp) AS hour,
            ServiceName,
            countMap(SpanAttributes),
            uniqCombined64StateMap(14)(SpanAttributes)
        GROUP BY
            hour,
            ServiceName
    ),
    ADD PROJECTION IF NOT EXISTS resources
    (
        SELECT
            toStartOfHour(Timestamp) AS hour,
            ServiceName,
            cityHash64(ResourceAttributes) AS resource,
            any(ResourceAttributes),
            count()
        GROUP BY
            hour,
            ServiceName,
            resource
    )
