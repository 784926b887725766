-- otrace's collector
--
-- The OpenTelemetry exporter's table as otrace's own collector keeps it (collector/schema/): requests have a column,
-- and attributes whose keys end in `id` have an index on `key=value`. The map is read where the text is ambiguous:
-- `a=b` + `c` and `a` + `b=c` are the same. Traces of one identity are few: the minutes in which they run, from the
-- lookup table, leave a tenth of the spans or less to read. A scalar is found once, and a relation where it is named. A
-- trace of more than a week, as of a clock that is wrong, has too many minutes. `otel_traces_repeats` has the seconds
-- in which spans start that were received again.
--
-- @include exporter map
-- @needs ScopeName
-- @needs ScopeVersion
-- @needs IsEntry Bool
-- @needs Severity UInt8
-- @needs IsFailure Bool
-- @needs index:Identities text
-- @filter attr-equals if(identifies({key:String}),
--   has(Identities, concat({key:String}, '=', {value:String}))
--     AND (position(concat({key:String}, {value:String}), '=') = 0 OR SpanAttributes[{key:String}] = {value:String}),
--   SpanAttributes[{key:String}] = {value:String} AND mapContains(SpanAttributes, {key:String}))
-- @filter trace if(/*+ by_minute */1, if(identifies({key:String}),
--   trace_id IN (SELECT arrayJoin((SELECT groupUniqArray((trace_id, minute_of(time))) FROM (/*+ matching */spans))).1)
--     AND if((
--         SELECT max(minute_of(End) - minute_of(Start))
--         FROM {database:Identifier}.{lookup:Identifier}
--         WHERE TraceId IN (
--           SELECT arrayJoin((SELECT groupUniqArray((trace_id, minute_of(time))) FROM (/*+ matching */spans))).1)
--       ) > week,
--       1,
--       minute_of(Timestamp) IN (
--         SELECT arrayJoin(range(minute_of(Start), least(minute_of(End), minute_of(Start) + week) + 1))
--         FROM {database:Identifier}.{lookup:Identifier}
--         WHERE TraceId IN (
--           SELECT arrayJoin((SELECT groupUniqArray((trace_id, minute_of(time))) FROM (/*+ matching */spans))).1)
--         UNION ALL
--         SELECT arrayJoin((SELECT groupUniqArray((trace_id, minute_of(time))) FROM (/*+ matching */spans))).2)),
--   trace_id IN (/*+ matches */'')), trace_id IN (/*+ matches */''))
-- @failures otel_traces_failures
-- @repeats toDateTime(Timestamp) IN (SELECT Second FROM {database:Identifier}.otel_traces_repeats) |
--   toStartOfHour(Timestamp) IN (SELECT toStartOfHour(Second) FROM {database:Identifier}.otel_traces_repeats)

WITH
  IsEntry AS enters,
  time -> intDiv(toUInt32(toDateTime(time)), 60) AS minute_of,
  10080 AS week,
  key -> endsWithCaseInsensitive(key, 'id') AS identifies
SELECT
  (has(Identities, concat('user.id=', {user_id:String})) OR has(Identities, concat('enduser.id=', {user_id:String})))
    AS of_user,
  Severity AS severity,
  IsFailure AS is_failure,
  ResourceAttributes.keys AS resource_keys,
  ScopeName AS scope,
  ScopeVersion AS scope_version
FROM {database:Identifier}.{table:Identifier}
