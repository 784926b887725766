-- Numbers of chosen attributes of one part of a comparison, in bins of 0.4 %, with the spans in each
--
-- A bin is the first 16 bits of the number as a Float32, and is represented by its middle. Place 0 is the duration.

SELECT
  {part:UInt8} AS part,
  place,
  toString(key) AS key,
  toFloat64(reinterpretAsFloat32(toUInt32(bin) * 65536 + if(bin = 0, 0, 32768))) AS number,
  adjusted_sum(n) AS spans
FROM (
  SELECT
    place,
    key,
    bitShiftRight(reinterpretAsUInt32(toFloat32(toFloat64OrNull(value))), 16) AS bin,
    n
  FROM (
    SELECT 1 AS place, key, attributes[key] AS value, weight AS n
    FROM spans
    ARRAY JOIN arrayIntersect({keys:Array(String)}, mapKeys(attributes)) AS key
    WHERE notEmpty({keys:Array(String)}) AND ({one_in:UInt64} = 1 OR cityHash64(trace_id) % {one_in:UInt64} = 0)
    UNION ALL
    SELECT 2 AS place, key, resource[key] AS value, weight AS n
    FROM spans
    ARRAY JOIN arrayIntersect({resource_keys:Array(String)}, mapKeys(resource)) AS key
    WHERE notEmpty({resource_keys:Array(String)})
      AND ({one_in:UInt64} = 1 OR cityHash64(trace_id) % {one_in:UInt64} = 0)
  )
  WHERE isFinite(toFloat64OrNull(value))
  UNION ALL
  SELECT
    0 AS place,
    'duration' AS key,
    toNullable(bitShiftRight(reinterpretAsUInt32(toFloat32(duration)), 16)) AS bin,
    weight AS n
  FROM spans
  WHERE {durations:UInt8} = 1 AND ({one_in:UInt64} = 1 OR cityHash64(trace_id) % {one_in:UInt64} = 0)
)
GROUP BY place, key, bin
