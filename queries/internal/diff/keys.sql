-- Attributes of one part of a comparison: how many spans have each, with how many values, and how many numbers

SELECT
  {part:UInt8} AS part,
  place,
  toString(key) AS key,
  toString(cityHash64(place, key)) AS hash,
  sum(rows) AS stored,
  uniq(value) AS distinct,
  sumIf(rows, isNotNull(toFloat64OrNull(value))) AS numbers
FROM span_items
GROUP BY place, key
