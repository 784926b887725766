-- How many spans of one part of a comparison have each combination of chosen values and absent attributes
--
-- Bit i of a combination says that value i is there, or that attribute i is absent. The bits of what is there add up.

WITH
  CAST({hashes:Array(String)}, 'Array(UInt64)') AS chosen,
  CAST({absent:Array(String)}, 'Array(UInt8)') AS is_absent,
  arrayMap(nth -> bitShiftLeft(toUInt64(1), toUInt8(nth - 1)), arrayEnumerate(chosen)) AS bits,
  -- transform() needs an element.
  arrayPushBack(arrayFilter((hash, absent) -> absent = 0, chosen, is_absent), toUInt64(0)) AS pairs,
  arrayPushBack(arrayFilter((bit, absent) -> absent = 0, bits, is_absent), toUInt64(0)) AS bits_of_pairs,
  arrayPushBack(arrayFilter((hash, absent) -> absent = 1, chosen, is_absent), toUInt64(0)) AS attributes_chosen,
  arrayPushBack(arrayFilter((bit, absent) -> absent = 1, bits, is_absent), toUInt64(0)) AS bits_of_attributes,
  (place, keys, values) -> arraySum(arrayMap(
    (key, value) -> transform(cityHash64(place, key, value), pairs, bits_of_pairs, toUInt64(0))
      - transform(cityHash64(place, key), attributes_chosen, bits_of_attributes, toUInt64(0)),
    keys, values)) AS bits_of
SELECT {part:UInt8} AS part, combination, adjusted_sum(n) AS spans
FROM (
  SELECT
    toUInt64(toInt64(arraySum(bits_of_attributes)) + of_attributes
      + bits_of(toUInt8(2), mapKeys(resource), mapValues(resource))
      + bits_of(toUInt8(0), ['service', 'name', 'kind', 'status'],
        [toString(service), toString(name), toString(kind), toString(status)])) AS combination,
    n
  FROM (
    SELECT
      service, name, kind, status, resource,
      bits_of(toUInt8(1), mapKeys(attributes), mapValues(attributes)) AS of_attributes,
      adjusted_sum(weight) AS n
    FROM spans
    WHERE {one_in:UInt64} = 1 OR cityHash64(trace_id) % {one_in:UInt64} = 0
    GROUP BY service, name, kind, status, resource, of_attributes
  )
)
GROUP BY combination
