-- Columns, attributes and resource attributes of spans, a row each
--
-- A place is 0 for a column, 1 for an attribute of the span, 2 for one of its resource. Rows of columns and resources
-- are for all spans that have the same: `n` is their adjusted count, `rows` their number, and `fingerprint` is equal
-- for rows of the same spans. One of `one_in` traces is read. Durations are in diff/numbers.sql alone.

SELECT place, key, value, n, rows, fingerprint
FROM (
  SELECT toUInt8(1) AS place, key, value, weight AS n, toUInt64(1) AS rows, cityHash64(time, duration) AS fingerprint
  FROM spans
  ARRAY JOIN mapKeys(attributes) AS key, mapValues(attributes) AS value
  WHERE {one_in:UInt64} = 1 OR cityHash64(trace_id) % {one_in:UInt64} = 0
  UNION ALL
  SELECT place, CAST(key, 'LowCardinality(String)') AS key, value, n, rows, fingerprint
  FROM (
    SELECT
      service, name, kind, status, resource,
      sum(weight) AS n, count() AS rows, groupBitXor(cityHash64(time, duration)) AS fingerprint
    FROM spans
    WHERE {one_in:UInt64} = 1 OR cityHash64(trace_id) % {one_in:UInt64} = 0
    GROUP BY service, name, kind, status, resource
  )
  ARRAY JOIN
    arrayConcat([toUInt8(0), 0, 0, 0], arrayWithConstant(length(resource), toUInt8(2))) AS place,
    arrayConcat(['service', 'name', 'kind', 'status'],
      arrayMap(name -> toString(name), mapKeys(resource))) AS key,
    arrayConcat([toString(service), toString(name), toString(kind), toString(status)], mapValues(resource)) AS value
)
