-- What every table of SigNoz has
--
-- Attributes lie in a map for each type, events and links are JSON text, times are also in half-hour buckets, which the table is ordered by.
--
-- @needs ts_bucket_start
-- @needs timestamp DateTime64
-- @needs trace_id
-- @needs span_id
-- @needs parent_span_id
-- @needs trace_state
-- @needs name
-- @needs kind_string
-- @needs duration_nano
-- @needs has_error
-- @needs status_code
-- @needs status_message
-- @needs attributes_string Map(
-- @needs attributes_number Map(
-- @needs attributes_bool Map(
-- @needs resources_string Map(
-- @needs resource_string_service$$name
-- @needs events Array(String)
-- @needs links String
-- @lookup distributed_trace_summary trace_id start end end
-- @lookup trace_summary trace_id start end end
--
-- @filter from (raw.ts_bucket_start >= toUInt64(toUnixTimestamp(toDateTime({from:DateTime64(9, 'UTC')}))) - 1800 AND raw.timestamp >= {from:DateTime64(9, 'UTC')})
-- @filter to (raw.ts_bucket_start <= toUInt64(toUnixTimestamp(toDateTime({to:DateTime64(9, 'UTC')}))) AND raw.timestamp < {to:DateTime64(9, 'UTC')})
-- @filter service raw.`resource_string_service$$name` IN {value:Array(String)}
-- @filter name raw.name IN {value:Array(String)}
-- @filter kind lower(raw.kind_string) IN {value:Array(String)}
-- @filter error raw.has_error
-- @filter event arrayExists(e -> JSONExtractString(e, 'name') = {value:String}, raw.events)
-- @filter min-duration raw.duration_nano >= {value:UInt64} AND raw.duration_nano < 9000000000000000000
-- @filter max-duration (raw.duration_nano <= {value:UInt64} OR raw.duration_nano >= 9000000000000000000)
-- @filter attr-equals (attribute({key:String}) = {value:String} AND attribute_present({key:String}))
-- @filter attr-differs attribute({key:String}) != {value:String}
-- @filter attr-matches match(attribute({key:String}), {value:String})
-- @filter attr-above above(attribute({key:String}), {value:String})
-- @filter attr-below below(attribute({key:String}), {value:String})
-- @filter attr-present attribute_present({key:String})
-- @filter resource-equals (raw.resources_string[{key:String}] = {value:String} AND mapContains(raw.resources_string, {key:String}))
-- @filter resource-differs raw.resources_string[{key:String}] != {value:String}
-- @filter resource-matches match(raw.resources_string[{key:String}], {value:String})
-- @filter resource-above above(raw.resources_string[{key:String}], {value:String})
-- @filter resource-below below(raw.resources_string[{key:String}], {value:String})
-- @filter resource-present mapContains(raw.resources_string, {key:String})
-- @filter trace raw.trace_id GLOBAL IN (SELECT raw.trace_id FROM {database:Identifier}.{table:Identifier} AS raw WHERE {matches})
-- @filter sampled-by-state (raw.trace_state LIKE '%ot=%th:%' AND match(threshold(raw.trace_state), '[1-9a-f]'))
-- @filter sampled-by-rate (attribute_present('SampleRate') AND sample_rate > 1 AND threshold(raw.trace_state) = '')
-- @filter unsampled NOT (attribute_present('SampleRate') OR (raw.trace_state LIKE '%ot=%th:%' AND threshold(raw.trace_state) != ''))

toTimeZone(raw.timestamp, 'UTC') AS time,
  toString(raw.trace_id) AS trace_id,
  raw.span_id AS span_id,
  raw.parent_span_id AS parent_id,
  raw.trace_state AS trace_state,
  raw.`resource_string_service$$name` AS service,
  raw.name AS name,
  transform(lower(raw.kind_string), ['server', 'client', 'internal', 'producer', 'consumer'],
    ['server', 'client', 'internal', 'producer', 'consumer'], '') AS kind,
  CAST(raw.has_error, 'Bool') AS is_error,
  multiIf(raw.has_error, 'error', raw.status_code = 1, 'ok', 'unset') AS status,
  raw.status_message AS status_message,
  if(raw.duration_nano >= 9000000000000000000, 0, toUInt64(raw.duration_nano)) AS duration,
  mapSort(mapConcat(
    CAST(raw.attributes_string, 'Map(String, String)'),
    CAST(mapApply((k, v) -> (k, signed_exponent(toString(v))), raw.attributes_number), 'Map(String, String)'),
    CAST(mapApply((k, v) -> (k, if(v, 'true', 'false')), raw.attributes_bool), 'Map(String, String)'))) AS attributes,
  raw.resources_string AS resource,
  arrayMap(e -> fromUnixTimestamp64Nano(JSONExtractInt(e, 'timeUnixNano'), 'UTC'), raw.events) AS event_time,
  arrayMap(e -> JSONExtractString(e, 'name'), raw.events) AS event_name,
  arrayMap(e -> CAST(
    arraySort(pair -> pair.1, arrayMap(pair -> (pair.1, unquoted(pair.2)), JSONExtractKeysAndValuesRaw(e, 'attributeMap'))),
    'Map(String, String)'), raw.events) AS event_attributes,
  arrayMap(link -> JSONExtractString(link, 'traceId'), followed) AS link_trace_id,
  arrayMap(link -> JSONExtractString(link, 'spanId'), followed) AS link_span_id,
  arrayMap(link -> CAST(map(), 'Map(String, String)'), followed) AS link_attributes
