-- Every attribute of two groups of spans, and the values that many selected spans have, or many others
--
-- Part 0 are the selected spans, part 1 the others, and part 2 those of the others that are selected. With `inside` the
-- selected spans are all among the others. A `whole` row is of all values of its attribute.

SELECT
  of_place AS place,
  of_key AS key,
  any(of_value) AS value,
  toBool(grouping(pair) = 1) AS whole,
  toString(if(whole, cityHash64(of_place, of_key), pair)) AS hash,
  -- Fractions add up to the same in any order in units of 1e-9.
  toFloat64(sumIf(toInt128(round(spans * 1000000000)), part = 0)) / 1000000000 AS selected,
  toFloat64(sumIf(toInt128(round(spans * 1000000000)), part = 1)
    - sumIf(toInt128(round(spans * 1000000000)), part = if({inside:UInt8} = 1, 0, 2))) / 1000000000 AS others,
  toString(groupBitXorIf(all_fingerprints, part = 0)) AS selected_fingerprint,
  toString(groupBitXorIf(all_fingerprints, part != 0 OR {inside:UInt8} = 1)) AS others_fingerprint
FROM /*+ parts */spans
GROUP BY GROUPING SETS ((of_place, of_key, pair), (of_place, of_key))
HAVING whole OR selected >= {least:Float64} OR others >= {least_others:Float64}
ORDER BY whole DESC, greatest(selected / {least:Float64}, others / {least_others:Float64}) DESC, place, key, hash
LIMIT 5000
