-- The points of one kind of metric in the spool files, but for the days that are loaded. This text takes the place of
-- the name `metric_points` in load_otel_metrics_<kind>.sql.
SELECT
    resource_attributes AS ResourceAttributes,
    resource_schema_url AS ResourceSchemaUrl,
    scope.name AS ScopeName,
    scope.version AS ScopeVersion,
    otlp_map(scope.attributes) AS ScopeAttributes,
    scope.dropped_attributes_count AS ScopeDroppedAttrCount,
    scope_schema_url AS ScopeSchemaUrl,
    service AS ServiceName,
    metric.name AS MetricName,
    metric.description AS MetricDescription,
    metric.unit AS MetricUnit,
    otlp_map(point.attributes) AS Attributes,
    otlp_time(point.start_time_unix_nano) AS StartTimeUnix,
    otlp_time(point.time_unix_nano) AS TimeUnix,
    metric.{kind:Identifier} AS kind,
    point
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
        arrayJoin(metric.{kind:Identifier}.data_points) AS point
    FROM
    (
        SELECT arrayJoin(resource_metrics) AS resource_metrics
        FROM file({files:String}, 'Protobuf', {structure:String})
    )
)
WHERE toDate(TimeUnix) NOT IN {loaded:Array(Date)}
