-- otrace's collector
--
-- The OpenTelemetry exporter's table as otrace's own collector keeps it (collector/schema/): requests have a column,
-- and attributes whose keys end in `id` have an index on `key=value`. The map is read where the text is ambiguous:
-- `a=b` + `c` and `a` + `b=c` are the same.
--
-- @include exporter map
-- @needs ScopeName
-- @needs ScopeVersion
-- @needs IsEntry Bool
-- @needs index:Identities text
-- @filter attr-equals if(identifies({key:String}),
--   has(Identities, concat({key:String}, '=', {value:String}))
--     AND (position(concat({key:String}, {value:String}), '=') = 0 OR SpanAttributes[{key:String}] = {value:String}),
--   SpanAttributes[{key:String}] = {value:String} AND mapContains(SpanAttributes, {key:String}))

WITH
  IsEntry AS enters,
  key -> endsWithCaseInsensitive(key, 'id') AS identifies
SELECT
  (has(Identities, concat('user.id=', {user_id:String})) OR has(Identities, concat('enduser.id=', {user_id:String})))
    AS of_user,
  ScopeName AS scope,
  ScopeVersion AS scope_version
FROM {database:Identifier}.{table:Identifier}
