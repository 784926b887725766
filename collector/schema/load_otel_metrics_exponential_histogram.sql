-- Spool files to exponential histograms, but for the days that have theirs already.
INSERT INTO otel.otel_metrics_exponential_histogram
(
    ResourceAttributes, ResourceSchemaUrl, ScopeName, ScopeVersion, ScopeAttributes, ScopeDroppedAttrCount,
    ScopeSchemaUrl, ServiceName, MetricName, MetricDescription, MetricUnit, Attributes, StartTimeUnix, TimeUnix,
    Count, Sum, Scale, ZeroCount, PositiveOffset, PositiveBucketCounts, NegativeOffset, NegativeBucketCounts,
    Flags, Min, Max, AggregationTemporality, Exemplars.FilteredAttributes, Exemplars.TimeUnix, Exemplars.Value,
    Exemplars.SpanId, Exemplars.TraceId
)
SELECT
    resource_attributes,
    resource_schema_url,
    scope.name,
    scope.version,
    otlp_map(scope.attributes),
    scope.dropped_attributes_count,
    scope_schema_url,
    service,
    metric.name,
    metric.description,
    metric.unit,
    otlp_map(point.attributes),
    otlp_time(point.start_time_unix_nano),
    otlp_time(point.time_unix_nano) AS time,
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
    metric.exponential_histogram.aggregation_temporality,
    arrayMap(attributes -> otlp_map(attributes), point.exemplars.filtered_attributes),
    arrayMap(nanos -> otlp_time(nanos), point.exemplars.time_unix_nano),
    arrayMap(exemplar -> if(exemplar.number = 'as_int', toFloat64(exemplar.as_int), exemplar.as_double), point.exemplars),
    arrayMap(id -> otlp_id(id), point.exemplars.span_id),
    arrayMap(id -> otlp_id(id), point.exemplars.trace_id)
FROM
(
    SELECT
        otlp_service(resource_metrics.resource.attributes) AS service,
        otlp_map(resource_metrics.resource.attributes) AS resource_attributes,
        resource_metrics.schema_url AS resource_schema_url,
        arrayJoin(resource_metrics.scope_metrics) AS scope_metrics,
        scope_metrics.scope AS scope,
        scope_metrics.schema_url AS scope_schema_url,
        arrayJoin(scope_metrics.metrics) AS metric,
        arrayJoin(metric.exponential_histogram.data_points) AS point
    FROM
    (
        SELECT arrayJoin(resource_metrics) AS resource_metrics
        FROM file({files:String}, 'Protobuf', replaceAll(replaceAll(replaceAll(
            'resource_metrics Array(Tuple(
                resource Tuple(attributes KeyValues),
                scope_metrics Array(Tuple(
                    scope Tuple(name String, version String, attributes KeyValues, dropped_attributes_count UInt32),
                    metrics Array(Tuple(
                        name String, description String, unit String,
                        exponential_histogram Tuple(data_points Array(Tuple(
                            attributes KeyValues, start_time_unix_nano UInt64, time_unix_nano UInt64, count UInt64, sum Float64,
                            scale Int32, zero_count UInt64, positive Tuple(offset Int32, bucket_counts Array(UInt64)), negative
                            Tuple(offset Int32, bucket_counts Array(UInt64)), flags UInt32, exemplars Exemplars, min Float64,
                            max Float64)), aggregation_temporality Int32))),
                    schema_url String)),
                schema_url String))',
            'Exemplars', 'Array(Tuple(
                time_unix_nano UInt64, number Enum8(\'none\' = 0, \'as_double\' = 3, \'as_int\' = 6), as_double Float64,
                as_int Int64, span_id String, trace_id String, filtered_attributes KeyValues))'),
            'KeyValues', 'Array(Tuple(key String, value AnyValue))'), 'AnyValue', {any_value:String}))
    )
)
WHERE toDate(time) NOT IN {loaded:Array(Date)}
