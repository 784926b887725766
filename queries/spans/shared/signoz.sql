-- Columns of every SigNoz table
--
-- Attributes are maps, one for each type; events and links are JSON text; times are also in half-hour buckets, by which
-- the table is ordered.
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
-- @filter from (raw.ts_bucket_start >= toUInt64(toUnixTimestamp(toDateTime({from:DateTime64(9, 'UTC')}))) - 1800
--   AND raw.timestamp >= {from:DateTime64(9, 'UTC')})
-- @filter to (raw.ts_bucket_start <= toUInt64(toUnixTimestamp(toDateTime({to:DateTime64(9, 'UTC')})))
--   AND raw.timestamp < {to:DateTime64(9, 'UTC')})
-- @filter kind lower(raw.kind_string) IN {value:Array(String)}
-- @filter error raw.has_error
-- @filter event arrayExists(e -> JSONExtractString(e, 'name') = {value:String}, raw.events)
-- @filter min-duration raw.duration_nano >= {value:UInt64} AND raw.duration_nano < 9000000000000000000
-- @filter max-duration (raw.duration_nano <= {value:UInt64} OR raw.duration_nano >= 9000000000000000000)
-- @filter trace raw.trace_id GLOBAL IN (/*+ matches */'')

WITH
  key -> multiIf(
    mapContains(raw.attributes_string, key), raw.attributes_string[key],
    mapContains(raw.attributes_number, key), signed_exponent(toString(raw.attributes_number[key])),
    mapContains(raw.attributes_bool, key), if(raw.attributes_bool[key], 'true', 'false'),
    '') AS attribute,
  key -> (mapContains(raw.attributes_string, key) OR mapContains(raw.attributes_number, key)
    OR mapContains(raw.attributes_bool, key)) AS attribute_present,
  key -> raw.resources_string[key] AS resource_attribute,
  key -> mapContains(raw.resources_string, key) AS resource_present,
  toUInt64OrZero(attribute('SampleRate')) AS sample_rate,
  text -> if(startsWith(text, '"'), JSONExtractString(concat('[', text, ']'), 1), text) AS unquoted,
  -- The first link of every span points to its parent.
  arrayFilter(link -> JSONExtractString(link, 'refType') != 'CHILD_OF', JSONExtractArrayRaw(raw.links)) AS followed
SELECT
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
    arraySort(pair -> pair.1, arrayMap(
      pair -> (pair.1, unquoted(pair.2)), JSONExtractKeysAndValuesRaw(e, 'attributeMap'))),
    'Map(String, String)'), raw.events) AS event_attributes,
  arrayMap(link -> JSONExtractString(link, 'traceId'), followed) AS link_trace_id,
  arrayMap(link -> JSONExtractString(link, 'spanId'), followed) AS link_span_id,
  arrayMap(link -> CAST(map(), 'Map(String, String)'), followed) AS link_attributes
