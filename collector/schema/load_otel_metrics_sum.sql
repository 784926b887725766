-- Spool files to sums: see metric_points.sql.
INSERT INTO otel.otel_metrics_sum
(
    ResourceAttributes, ResourceSchemaUrl, ScopeName, ScopeVersion, ScopeAttributes, ScopeDroppedAttrCount,
    ScopeSchemaUrl, ServiceName, MetricName, MetricDescription, MetricUnit, Attributes, StartTimeUnix, TimeUnix,
    Value, Flags, AggregationTemporality, IsMonotonic, Exemplars.FilteredAttributes, Exemplars.TimeUnix,
    Exemplars.Value, Exemplars.SpanId, Exemplars.TraceId
)
SELECT
    ResourceAttributes, ResourceSchemaUrl, ScopeName, ScopeVersion, ScopeAttributes, ScopeDroppedAttrCount,
    ScopeSchemaUrl, ServiceName, MetricName, MetricDescription, MetricUnit, Attributes, StartTimeUnix, TimeUnix,
    otlp_number(point),
    point.flags,
    kind.aggregation_temporality,
    kind.is_monotonic,
    arrayMap(attributes -> otlp_map(attributes), point.exemplars.filtered_attributes),
    arrayMap(nanos -> otlp_time(nanos), point.exemplars.time_unix_nano),
    arrayMap(exemplar -> otlp_number(exemplar), point.exemplars),
    arrayMap(id -> otlp_id(id), point.exemplars.span_id),
    arrayMap(id -> otlp_id(id), point.exemplars.trace_id)
FROM metric_points
