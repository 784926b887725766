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
-- @filter attr-above above(attribute({key:String}), {value:String})
-- @filter attr-below below(attribute({key:String}), {value:String})
-- @filter attr-present getSubcolumn(SpanAttributes, {key:String}) IS NOT NULL
-- @filter resource-equals (resource_attribute({key:String}) = {value:String} AND getSubcolumn(ResourceAttributes, {key:String}) IS NOT NULL)
-- @filter resource-differs resource_attribute({key:String}) != {value:String}
-- @filter resource-matches match(resource_attribute({key:String}), {value:String})
-- @filter resource-above above(resource_attribute({key:String}), {value:String})
-- @filter resource-below below(resource_attribute({key:String}), {value:String})
-- @filter resource-present getSubcolumn(ResourceAttributes, {key:String}) IS NOT NULL
-- @filter sampled-by-rate (getSubcolumn(SpanAttributes, 'SampleRate') IS NOT NULL AND sample_rate > 1 AND threshold(TraceState) = '')
-- @filter unsampled NOT (getSubcolumn(SpanAttributes, 'SampleRate') IS NOT NULL OR (TraceState LIKE '%ot=%th:%' AND threshold(TraceState) != ''))

WITH
  {sampling},
  {numbers},
  -- ClickHouse stores a text that reads as a time as one, and writes it in JSON as the client asks; this is how it was said, in the zone
  -- of the server that read it. Nanoseconds end in zeros that nobody said.
  text -> ifNull(replaceRegexpOne(toString(parseDateTime64BestEffortOrNull(text, 9)), '[.]?0+$', ''), text) AS time_as_said,
  -- JSON text of a value of a type, as it was said: lists stay JSON.
  (type, raw) -> multiIf(
    startsWith(type, 'DateTime'), time_as_said(unquoted(raw)),
    startsWith(type, 'Array(Nullable(DateTime'), toJSONString(arrayMap(text -> if(text IS NULL, NULL, time_as_said(assumeNotNull(text))),
      JSONExtract(raw, 'Array(Nullable(String))'))),
    type IN ('Float64', 'Array(Nullable(Float64))'), signed_exponent(raw),
    unquoted(raw)) AS as_said,
  raw -> if(startsWith(raw, '"'), JSONExtractString(concat('[', raw, ']'), 1), raw) AS unquoted,
  value -> ifNull(multiIf(
    dynamicType(value) IN ('None', 'String', 'Int64', 'Bool'), toString(value),
    as_said(dynamicType(value), ifNull(toJSONString(value), ''))), '') AS text_of,
  key -> text_of(getSubcolumn(SpanAttributes, key)) AS attribute,
  key -> text_of(getSubcolumn(ResourceAttributes, key)) AS resource_attribute,
  (new, old) -> if(attribute(new) != '', attribute(new), attribute(old)) AS either,
  toUInt64OrZero(attribute('SampleRate')) AS sample_rate,
  -- Objects within objects, one level flatter. Both `error` and `error.type` may have values, which makes the key `error` occur twice.
  pairs -> arrayFlatten(arrayMap(
    pair -> if(startsWith(pair.2, '{'),
      arrayMap(inner -> (concat(pair.1, '.', inner.1), inner.2), JSONExtractKeysAndValuesRaw(pair.2)),
      [pair]),
    pairs)) AS flatter,
  (json, types) -> arrayFold(
    (pairs, level) -> flatter(pairs),
    range(arrayMax(key -> countSubstrings(key, '.'), mapKeys(types))),
    JSONExtractKeysAndValuesRaw(json)) AS flat,
  object -> CAST(
    arraySort(arrayMap(
      pair -> (pair.1, as_said(JSONAllPathsWithTypes(object)[pair.1], pair.2)),
      flat(toJSONString(object), JSONAllPathsWithTypes(object)))),
    'Map(String, String)') AS map_of
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
