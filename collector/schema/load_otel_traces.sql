-- Spool files to spans, but for the days that are loaded.
INSERT INTO otel.otel_traces
(
    Timestamp, TraceId, SpanId, ParentSpanId, TraceState, SpanName, SpanKind, ServiceName, ResourceAttributes,
    ScopeName, ScopeVersion, SpanAttributes, Duration, StatusCode, StatusMessage,
    Events.Timestamp, Events.Name, Events.Attributes,
    Links.TraceId, Links.SpanId, Links.TraceState, Links.Attributes
)
SELECT
    otlp_time(span.start_time_unix_nano),
    otlp_id(span.trace_id),
    otlp_id(span.span_id),
    otlp_id(span.parent_span_id),
    span.trace_state,
    span.name,
    transform(
        span.kind,
        [0, 1, 2, 3, 4, 5],
        ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'],
        ''),
    service,
    resource_attributes,
    scope.name,
    scope.version,
    otlp_map(span.attributes),
    if(span.end_time_unix_nano > span.start_time_unix_nano, span.end_time_unix_nano - span.start_time_unix_nano, 0),
    transform(span.status.code, [0, 1, 2], ['Unset', 'Ok', 'Error'], ''),
    span.status.message,
    arrayMap(nanos -> otlp_time(nanos), span.events.time_unix_nano),
    span.events.name,
    arrayMap(attributes -> otlp_map(attributes), span.events.attributes),
    arrayMap(id -> otlp_id(id), span.links.trace_id),
    arrayMap(id -> otlp_id(id), span.links.span_id),
    span.links.trace_state,
    arrayMap(attributes -> otlp_map(attributes), span.links.attributes)
FROM
(
    SELECT
        otlp_service(resource_spans.resource.attributes) AS service,
        otlp_map(resource_spans.resource.attributes) AS resource_attributes,
        arrayJoin(resource_spans.scope_spans) AS scope_spans,
        scope_spans.scope AS scope,
        arrayJoin(scope_spans.spans) AS span
    FROM
    (
        SELECT arrayJoin(resource_spans) AS resource_spans
        FROM file({files:String}, 'Protobuf', {structure:String})
    )
)
WHERE toDate(otlp_time(span.start_time_unix_nano)) NOT IN {loaded:Array(Date)}
