-- OpenTelemetry exporter, JSON schema
--
-- The table that the exporter creates with `json: true`. A known key reads only its own path of a JSON column. The
-- map of all attributes is assembled from the paths, which costs microseconds per span. Nested objects are paths.
--
-- @include exporter
-- @needs ResourceAttributes JSON
-- @needs SpanAttributes JSON
-- @needs ScopeName
-- @needs ScopeVersion
-- @needs Events.Attributes Array(JSON
-- @needs Links.Attributes Array(JSON

WITH
  -- ClickHouse stores a text that looks like a time as a time, and writes it in JSON as the client's settings say. This
  -- is the text that was sent, in the zone of the server that read it, without trailing zeros.
  text -> ifNull(
    replaceRegexpOne(toString(parseDateTime64BestEffortOrNull(text, 9)), '[.]?0+$', ''), text) AS time_as_sent,
  json -> toJSONString(arrayMap(
    text -> time_as_sent(text), JSONExtract(json, 'Array(Nullable(String))'))) AS times_as_sent,
  -- The text of a JSON value, as it was sent. Lists stay JSON. ClickHouse analyses each mention of `value` anew: as the
  -- only element of a list it is short.
  value -> ifNull(multiIf(
    match(dynamicType(value), '^(Array.Nullable.)?(Float|U?Int)|^Date'), replaceRegexpAll(
      signed_exponent(lower(toString(value))), '(:\\d\\d(?:[.]\\d*[1-9])?)[.]?0*', '\\1'),
    startsWith(dynamicType(value), 'Array(Nullable(DateTime'), times_as_sent(ifNull(toJSONString(value), '')),
    toJSONString(value)), '') AS rare_text_of,
  value -> if(dynamicType(value) IN ('None', 'String', 'Int64', 'Bool'), ifNull(toString(value), ''),
    arrayMap(value -> rare_text_of(value), [value])[1]) AS text_of,
  key -> text_of(getSubcolumn(SpanAttributes, key)) AS attribute,
  key -> getSubcolumn(SpanAttributes, key) IS NOT NULL AS attribute_present,
  key -> text_of(getSubcolumn(ResourceAttributes, key)) AS resource_attribute,
  key -> getSubcolumn(ResourceAttributes, key) IS NOT NULL AS resource_present,
  toUInt64OrZero(attribute('SampleRate')) AS sample_rate,
  -- The same, of what an object's JSON has for a value.
  (raw, type) -> multiIf(
    startsWith(type, 'DateTime'), time_as_sent(trimBoth(raw, '"')),
    startsWith(type, 'Array(Nullable(DateTime'), times_as_sent(raw),
    type IN ('Float64', 'Array(Nullable(Float64))'), signed_exponent(raw),
    startsWith(raw, '"'), JSONExtractString(concat('[', raw, ']'), 1),
    raw) AS raw_text_of,
  -- Nested objects, one level flatter. The key `error` occurs twice where both `error` and `error.type` have values.
  pairs -> arrayFlatten(arrayMap(
    pair -> if(startsWith(pair.2, '{'),
      arrayMap(inner -> (concat(pair.1, '.', inner.1), inner.2), JSONExtractKeysAndValuesRaw(pair.2)),
      [pair]),
    pairs)) AS flatter,
  (json, types) -> arrayMap(
    pair -> (pair.1, pair.2, types[pair.1]),
    arrayFold(
      (pairs, level) -> flatter(pairs),
      range(arrayMax(key -> countSubstrings(key, '.'), mapKeys(types))),
      JSONExtractKeysAndValuesRaw(json))) AS flat,
  object -> CAST(
    arraySort(arrayMap(
      item -> (item.1, raw_text_of(item.2, item.3)),
      flat(toJSONString(object), JSONAllPathsWithTypes(object)))),
    'Map(String, String)') AS map_of
SELECT
  ScopeName AS scope,
  ScopeVersion AS scope_version,
  map_of(SpanAttributes) AS attributes,
  map_of(ResourceAttributes) AS resource,
  arrayMap(object -> map_of(object), `Events.Attributes`) AS event_attributes,
  arrayMap(object -> map_of(object), `Links.Attributes`) AS link_attributes
FROM {database:Identifier}.{table:Identifier}
