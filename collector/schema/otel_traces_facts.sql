-- What five minutes of a service's spans have, so that queries need not look: sampling, ways in, bare names, ordinary
-- requests. Flags
-- merge by their maximum: loading twice changes nothing.
CREATE TABLE IF NOT EXISTS otel.otel_traces_facts
(
    `Slot` DateTime CODEC(Delta(4), ZSTD(1)),
    `ServiceName` LowCardinality(String) CODEC(ZSTD(1)),
    `Sampled` SimpleAggregateFunction(max, UInt8) CODEC(ZSTD(1)),
    `Entered` SimpleAggregateFunction(max, UInt8) CODEC(ZSTD(1)),
    `BareNames` SimpleAggregateFunction(max, UInt8) CODEC(ZSTD(1)),
    `Ordinary` SimpleAggregateFunction(max, UInt8) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toDate(Slot)
ORDER BY (Slot, ServiceName)
