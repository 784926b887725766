-- Spool files to log records, but for the days that are loaded.
INSERT INTO otel.otel_logs
(
    Timestamp, TraceId, SpanId, TraceFlags, SeverityText, SeverityNumber, ServiceName, Body,
    ResourceSchemaUrl, ResourceAttributes, ScopeSchemaUrl, ScopeName, ScopeVersion, ScopeAttributes,
    LogAttributes, EventName
)
SELECT
    otlp_time(if(record.time_unix_nano = 0, record.observed_time_unix_nano, record.time_unix_nano)) AS time,
    otlp_id(record.trace_id),
    otlp_id(record.span_id),
    toUInt8(bitAnd(record.flags, 255)),
    record.severity_text,
    toUInt8(record.severity_number),
    service,
    otlp_text(record.body),
    resource_schema_url,
    resource_attributes,
    scope_schema_url,
    scope.name,
    scope.version,
    otlp_map(scope.attributes),
    otlp_map(record.attributes),
    record.event_name
FROM
(
    SELECT
        otlp_service(resource_logs.resource.attributes) AS service,
        otlp_map(resource_logs.resource.attributes) AS resource_attributes,
        resource_logs.schema_url AS resource_schema_url,
        arrayJoin(resource_logs.scope_logs) AS scope_logs,
        scope_logs.scope AS scope,
        scope_logs.schema_url AS scope_schema_url,
        arrayJoin(scope_logs.log_records) AS record
    FROM
    (
        SELECT arrayJoin(resource_logs) AS resource_logs
        FROM file({files:String}, 'Protobuf', {structure:String})
    )
)
WHERE toDate(time) NOT IN {loaded:Array(Date)}
