-- Jaeger v2
--
-- Jaeger's own ClickHouse storage. Attributes are pairs of arrays, one pair for each type; lists, maps and bytes are
-- text under keys that start with `@slice@`, `@map@` and `@bytes@`.
--
-- @needs id String
-- @needs trace_id String
-- @needs parent_span_id String
-- @needs trace_state String
-- @needs name
-- @needs kind
-- @needs start_time DateTime64
-- @needs duration Int64
-- @needs status_code
-- @needs status_message
-- @needs service_name
-- @needs scope_name
-- @needs scope_version
-- @needs str_attributes.key Array
-- @needs int_attributes.key Array
-- @needs double_attributes.key Array
-- @needs bool_attributes.key Array
-- @needs complex_attributes.key Array
-- @needs resource_str_attributes.key Array
-- @needs events.name Array
-- @needs links.trace_id Array
-- @lookup trace_id_timestamps trace_id start end
-- @filter from raw.start_time >= {from:DateTime64(9, 'UTC')}
-- @filter to raw.start_time < {to:DateTime64(9, 'UTC')}
-- @filter kind lower(raw.kind) IN {value:Array(String)}
-- @filter error lower(raw.status_code) = 'error'
-- @filter min-duration raw.duration >= {value:UInt64}
-- @filter max-duration raw.duration <= {value:UInt64}

WITH
  -- An index of 0 reads the type's default: '' or 0.
  key -> multiIf(
    has(raw.`str_attributes.key`, key), raw.`str_attributes.value`[indexOf(raw.`str_attributes.key`, key)],
    has(raw.`int_attributes.key`, key), toString(raw.`int_attributes.value`[indexOf(raw.`int_attributes.key`, key)]),
    has(raw.`double_attributes.key`, key),
      signed_exponent(toString(raw.`double_attributes.value`[indexOf(raw.`double_attributes.key`, key)])),
    has(raw.`bool_attributes.key`, key),
      if(raw.`bool_attributes.value`[indexOf(raw.`bool_attributes.key`, key)], 'true', 'false'),
    complex(key) > 0, raw.`complex_attributes.value`[complex(key)],
    '') AS attribute,
  key -> arrayFirstIndex(
    k -> k IN (concat('@slice@', key), concat('@map@', key), concat('@bytes@', key)),
    raw.`complex_attributes.key`) AS complex,
  key -> (has(raw.`str_attributes.key`, key) OR has(raw.`int_attributes.key`, key) 
    OR has(raw.`double_attributes.key`, key) OR has(raw.`bool_attributes.key`, key)
    OR complex(key) > 0) AS attribute_present,
  key -> replaceRegexpOne(key, '^@(?:slice|map|bytes)@', '') AS plain_key,
  pairs -> CAST(arraySort(pair -> pair.1, pairs), 'Map(String, String)') AS sorted_map,
  (strings, integers, doubles, bools, complexes) -> sorted_map(arrayConcat(
    arrayMap(pair -> (pair.1, pair.2), strings),
    arrayMap(pair -> (pair.1, toString(pair.2)), integers),
    arrayMap(pair -> (pair.1, signed_exponent(toString(pair.2))), doubles),
    arrayMap(pair -> (pair.1, if(pair.2, 'true', 'false')), bools),
    arrayMap(pair -> (plain_key(pair.1), pair.2), complexes))) AS map_of,
  map_of(
    arrayZip(raw.`resource_str_attributes.key`, raw.`resource_str_attributes.value`),
    arrayZip(raw.`resource_int_attributes.key`, raw.`resource_int_attributes.value`),
    arrayZip(raw.`resource_double_attributes.key`, raw.`resource_double_attributes.value`),
    arrayZip(raw.`resource_bool_attributes.key`, raw.`resource_bool_attributes.value`),
    arrayZip(raw.`resource_complex_attributes.key`, raw.`resource_complex_attributes.value`)) AS resource_map,
  key -> resource_map[key] AS resource_attribute,
  key -> mapContains(resource_map, key) AS resource_present,
  toUInt64OrZero(attribute('SampleRate')) AS sample_rate
SELECT
  toTimeZone(raw.start_time, 'UTC') AS time,
  raw.trace_id AS trace_id,
  raw.id AS span_id,
  raw.parent_span_id AS parent_id,
  raw.trace_state AS trace_state,
  raw.scope_name AS scope,
  raw.scope_version AS scope_version,
  raw.service_name AS service,
  raw.name AS name,
  transform(lower(raw.kind), ['server', 'client', 'internal', 'producer', 'consumer'],
    ['server', 'client', 'internal', 'producer', 'consumer'], '') AS kind,
  CAST(lower(raw.status_code) = 'error', 'Bool') AS is_error,
  transform(lower(raw.status_code), ['error', 'ok'], ['error', 'ok'], 'unset') AS status,
  raw.status_message AS status_message,
  if(raw.duration < 0, 0, toUInt64(raw.duration)) AS duration,
  map_of(
    arrayZip(raw.`str_attributes.key`, raw.`str_attributes.value`),
    arrayZip(raw.`int_attributes.key`, raw.`int_attributes.value`),
    arrayZip(raw.`double_attributes.key`, raw.`double_attributes.value`),
    arrayZip(raw.`bool_attributes.key`, raw.`bool_attributes.value`),
    arrayZip(raw.`complex_attributes.key`, raw.`complex_attributes.value`)) AS attributes,
  resource_map AS resource,
  arrayMap(t -> toTimeZone(t, 'UTC'), raw.`events.timestamp`) AS event_time,
  raw.`events.name` AS event_name,
  arrayMap(
    (strings, integers, doubles, bools, complexes) -> map_of(strings, integers, doubles, bools, complexes),
    raw.`events.str_attributes`, raw.`events.int_attributes`, raw.`events.double_attributes`,
    raw.`events.bool_attributes`, raw.`events.complex_attributes`) AS event_attributes,
  raw.`links.trace_id` AS link_trace_id,
  raw.`links.span_id` AS link_span_id,
  arrayMap(
    (strings, integers, doubles, bools, complexes) -> map_of(strings, integers, doubles, bools, complexes),
    raw.`links.str_attributes`, raw.`links.int_attributes`, raw.`links.double_attributes`, raw.`links.bool_attributes`,
    raw.`links.complex_attributes`) AS link_attributes
FROM {database:Identifier}.{table:Identifier} AS raw
