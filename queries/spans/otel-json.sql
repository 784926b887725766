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
  -- ClickHouse stores a text that looks like a time as a time, and writes it as the client's settings say. This is the
  -- text that was sent, in the zone of the server that read it, without trailing zeros.
  text -> ifNull(
    replaceRegexpOne(toString(parseDateTime64BestEffortOrNull(text, 9)), '[.]?0+$', ''), text) AS time_as_sent,
  -- The text of a JSON value of a type, as it was sent. Lists stay JSON.
  (type, raw) -> multiIf(
    startsWith(type, 'DateTime'), time_as_sent(unquoted(raw)),
    startsWith(type, 'Array(Nullable(DateTime'), toJSONString(arrayMap(
      text -> if(text IS NULL, NULL, time_as_sent(assumeNotNull(text))),
      JSONExtract(raw, 'Array(Nullable(String))'))),
    type IN ('Float64', 'Array(Nullable(Float64))'), signed_exponent(raw),
    unquoted(raw)) AS as_sent,
  raw -> if(startsWith(raw, '"'), JSONExtractString(concat('[', raw, ']'), 1), raw) AS unquoted,
  value -> ifNull(multiIf(
    dynamicType(value) IN ('None', 'String', 'Int64', 'Bool'), toString(value),
    as_sent(dynamicType(value), ifNull(toJSONString(value), ''))), '') AS text_of,
  key -> text_of(getSubcolumn(SpanAttributes, key)) AS attribute,
  key -> getSubcolumn(SpanAttributes, key) IS NOT NULL AS attribute_present,
  key -> text_of(getSubcolumn(ResourceAttributes, key)) AS resource_attribute,
  key -> getSubcolumn(ResourceAttributes, key) IS NOT NULL AS resource_present,
  toUInt64OrZero(attribute('SampleRate')) AS sample_rate,
  -- Nested objects, one level flatter. The key `error` occurs twice where both `error` and `error.type` have values.
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
      pair -> (pair.1, as_sent(JSONAllPathsWithTypes(object)[pair.1], pair.2)),
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
