-- Values of one part of a comparison; of some attributes all values together

SELECT
  {part:UInt8} AS part,
  if(cityHash64(place, key) IN (SELECT arrayJoin(CAST({left_out:Array(String)}, 'Array(UInt64)'))),
    cityHash64(place, key), cityHash64(place, key, value)) AS pair,
  any(place) AS of_place,
  toString(any(key)) AS of_key,
  substringUTF8(any(value), 1, 200) AS of_value,
  adjusted_sum(n) AS spans,
  groupBitXor(fingerprint) AS all_fingerprints
FROM span_items
GROUP BY pair
