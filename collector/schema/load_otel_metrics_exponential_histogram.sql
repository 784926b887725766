-- Spool files to exponential histograms: see metric_points.sql.
INSERT INTO otel.otel_metrics_exponential_histogram
(
    ResourceAttributes, ResourceSchemaUrl, ScopeName, ScopeVersion, ScopeAttributes, ScopeDroppedAttrCount,
    ScopeSchemaUrl, ServiceName, MetricName, MetricDescription, MetricUnit, Attributes, StartTimeUnix, TimeUnix,
    Count, Sum, Scale, ZeroCount, PositiveOffset, PositiveBucketCounts, NegativeOffset, NegativeBucketCounts, Flags,
    Min, Max, AggregationTemporality, Exemplars.FilteredAttributes, Exemplars.TimeUnix, Exemplars.Value,
    Exemplars.SpanId, Exemplars.TraceId
)
SELECT
    ResourceAttributes, ResourceSchemaUrl, ScopeName, ScopeVersion, ScopeAttributes, ScopeDroppedAttrCount,
    ScopeSchemaUrl, ServiceName, MetricName, MetricDescription, MetricUnit, Attributes, StartTimeUnix, TimeUnix,
    point.count,
    point.sum,
    point.scale,
    point.zero_count,
    point.positive.offset,
    point.positive.bucket_counts,
    point.negative.offset,
    point.negative.bucket_counts,
    point.flags,
    point.min,
    point.max,
    kind.aggregation_temporality,
    arrayMap(attributes -> otlp_map(attributes), point.exemplars.filtered_attributes),
    arrayMap(nanos -> otlp_time(nanos), point.exemplars.time_unix_nano),
    arrayMap(exemplar -> otlp_number(exemplar), point.exemplars),
    arrayMap(id -> otlp_id(id), point.exemplars.span_id),
    arrayMap(id -> otlp_id(id), point.exemplars.trace_id)
FROM metric_points
