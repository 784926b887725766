-- An attribute value as text, as the OpenTelemetry exporter's Value.AsString makes it. Arrays and kvlists are text
-- already.
CREATE OR REPLACE FUNCTION otlp_text AS (v) -> multiIf(
    v.value = 'string_value', v.string_value,
    v.value = 'int_value', toString(v.int_value),
    v.value = 'bool_value', toString(v.bool_value),
    v.value = 'double_value', multiIf(
        isFinite(v.double_value), replaceRegexpOne(toString(v.double_value), 'e(\\d)', 'e+\\1'),
        isNaN(v.double_value), 'NaN',
        v.double_value > 0, 'Infinity',
        '-Infinity'),
    v.value = 'bytes_value', base64Encode(v.bytes_value),
    '');

-- A list of KeyValue with distinct keys as the exporter's map: sorted by key.
CREATE OR REPLACE FUNCTION otlp_map AS (attributes) -> CAST(
    arraySort(pair -> pair.1, arrayMap(kv -> (kv.key, otlp_text(kv.value)), attributes)),
    'Map(LowCardinality(String), String)');

-- An id as lowercase hex, '' for none.
CREATE OR REPLACE FUNCTION otlp_id AS (id) -> if(match(id, '^\\x00*$'), '', lower(hex(id)));

CREATE OR REPLACE FUNCTION otlp_time AS (nanos) -> fromUnixTimestamp64Nano(toInt64(nanos), 'UTC');

-- service.name of a list of KeyValue, '' for none.
CREATE OR REPLACE FUNCTION otlp_service AS (attributes) -> otlp_text(
    arrayFirst(kv -> kv.key = 'service.name', attributes).value);

-- The value of a number's point or exemplar.
CREATE OR REPLACE FUNCTION otlp_number AS (point) -> if(
    point.number = 'as_int', toFloat64(point.as_int), point.as_double);
