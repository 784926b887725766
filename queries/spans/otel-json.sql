-- OpenTelemetry exporter, JSON schema
--
-- What the exporter makes with `json: true`. A path of a JSON column is read by itself where a key is known; the map of all
-- attributes has to be put together from the paths, which costs microseconds a span. Objects within objects are paths here.
--
-- @needs ResourceAttributes JSON
-- @needs SpanAttributes JSON
-- @needs ScopeName
-- @needs ScopeVersion
-- @needs Events.Attributes Array(JSON
-- @needs Links.Attributes Array(JSON
--
-- @filter attr-equals (attribute({key:String}) = {value:String} AND getSubcolumn(SpanAttributes, {key:String}) IS NOT NULL)
-- @filter attr-differs attribute({key:String}) != {value:String}
-- @filter attr-matches match(attribute({key:String}), {value:String})
-- @filter attr-above toFloat64OrNull(attribute({key:String})) > {value:Float64}
-- @filter attr-below toFloat64OrNull(attribute({key:String})) < {value:Float64}
-- @filter attr-present getSubcolumn(SpanAttributes, {key:String}) IS NOT NULL
-- @filter resource-equals (resource_attribute({key:String}) = {value:String} AND getSubcolumn(ResourceAttributes, {key:String}) IS NOT NULL)
-- @filter resource-differs resource_attribute({key:String}) != {value:String}
-- @filter resource-matches match(resource_attribute({key:String}), {value:String})
-- @filter resource-above toFloat64OrNull(resource_attribute({key:String})) > {value:Float64}
-- @filter resource-below toFloat64OrNull(resource_attribute({key:String})) < {value:Float64}
-- @filter resource-present getSubcolumn(ResourceAttributes, {key:String}) IS NOT NULL
-- @filter sampled-by-rate (getSubcolumn(SpanAttributes, 'SampleRate') IS NOT NULL AND sample_rate > 1)
-- @filter unsampled NOT (getSubcolumn(SpanAttributes, 'SampleRate') IS NOT NULL OR TraceState LIKE '%ot=%th:%')

WITH
  -- Lists are shown as JSON, everything else as its text.
  value -> ifNull(if(dynamicType(value) LIKE 'Array%', toJSONString(value), toString(value)), '') AS text_of,
  key -> text_of(getSubcolumn(SpanAttributes, key)) AS attribute,
  key -> text_of(getSubcolumn(ResourceAttributes, key)) AS resource_attribute,
  (new, old) -> if(attribute(new) != '', attribute(new), attribute(old)) AS either,
  toUInt64OrZero(attribute('SampleRate')) AS sample_rate,
  -- A path is nested objects in JSON text; strings come quoted and are read once more.
  (json, keys) -> multiIf(
    length(keys) = 1, JSONExtractRaw(json, keys[1]),
    length(keys) = 2, JSONExtractRaw(json, keys[1], keys[2]),
    length(keys) = 3, JSONExtractRaw(json, keys[1], keys[2], keys[3]),
    length(keys) = 4, JSONExtractRaw(json, keys[1], keys[2], keys[3], keys[4]),
    length(keys) = 5, JSONExtractRaw(json, keys[1], keys[2], keys[3], keys[4], keys[5]),
    JSONExtractRaw(json, keys[1], keys[2], keys[3], keys[4], keys[5], keys[6])) AS raw_at,
  raw -> if(startsWith(raw, '"'), JSONExtractString(concat('[', raw, ']'), 1), raw) AS unquoted,
  object -> mapFromArrays(
    JSONAllPaths(object),
    arrayMap(p -> unquoted(raw_at(toJSONString(object), splitByChar('.', p))), JSONAllPaths(object))) AS map_of
SELECT
  {exporter},
  ScopeName AS scope,
  ScopeVersion AS scope_version,
  map_of(SpanAttributes) AS attributes,
  map_of(ResourceAttributes) AS resource,
  arrayMap(object -> map_of(object), `Events.Attributes`) AS event_attributes,
  arrayMap(object -> map_of(object), `Links.Attributes`) AS link_attributes,
  {conventions}
FROM {database:Identifier}.{table:Identifier}
