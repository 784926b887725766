-- Spool files to summaries, but for the days that have theirs already.
INSERT INTO otel.otel_metrics_summary
(
    ResourceAttributes, ResourceSchemaUrl, ScopeName, ScopeVersion, ScopeAttributes, ScopeDroppedAttrCount,
    ScopeSchemaUrl, ServiceName, MetricName, MetricDescription, MetricUnit, Attributes, StartTimeUnix, TimeUnix,
    Count, Sum, ValueAtQuantiles.Quantile, ValueAtQuantiles.Value, Flags
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
    point.quantile_values.quantile,
    point.quantile_values.value,
    point.flags
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
        arrayJoin(metric.summary.data_points) AS point
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
                        summary Tuple(data_points Array(Tuple(
                            start_time_unix_nano UInt64, time_unix_nano UInt64, count UInt64, sum Float64, quantile_values
                            Array(Tuple(quantile Float64, value Float64)), attributes KeyValues, flags UInt32))))),
                    schema_url String)),
                schema_url String))',
            'Exemplars', 'Array(Tuple(
                time_unix_nano UInt64, number Enum8(\'none\' = 0, \'as_double\' = 3, \'as_int\' = 6), as_double Float64,
                as_int Int64, span_id String, trace_id String, filtered_attributes KeyValues))'),
            'KeyValues', 'Array(Tuple(key String, value AnyValue))'), 'AnyValue', {any_value:String}))
    )
)
WHERE toDate(time) NOT IN {loaded:Array(Date)}
