-- Spool files to summaries: see metric_points.sql.
INSERT INTO otel.otel_metrics_summary
(
    ResourceAttributes, ResourceSchemaUrl, ScopeName, ScopeVersion, ScopeAttributes, ScopeDroppedAttrCount,
    ScopeSchemaUrl, ServiceName, MetricName, MetricDescription, MetricUnit, Attributes, StartTimeUnix, TimeUnix,
    Count, Sum, ValueAtQuantiles.Quantile, ValueAtQuantiles.Value, Flags
)
SELECT
    ResourceAttributes, ResourceSchemaUrl, ScopeName, ScopeVersion, ScopeAttributes, ScopeDroppedAttrCount,
    ScopeSchemaUrl, ServiceName, MetricName, MetricDescription, MetricUnit, Attributes, StartTimeUnix, TimeUnix,
    point.count,
    point.sum,
    point.quantile_values.quantile,
    point.quantile_values.value,
    point.flags
FROM metric_points
