-- Which attributes there are
--
-- Of spans, resources and events, most frequent first, with how many different values each has (about) and three of the most frequent.
-- A span that has the key in several events is one span.

WITH
  (on, pairs) -> arrayMap((pair, nth) -> (on, pair.1, pair.2, nth), pairs, arrayEnumerateUniq(arrayMap(pair -> pair.1, pairs))) AS numbered,
  map -> CAST(map, 'Array(Tuple(String, String))') AS pairs_of
SELECT
  on,
  key,
  toUInt64(round(sumIf(weight, nth = 1))) AS spans,
  toUInt64(uniq(value)) AS values,
  arrayMap(text -> if(lengthUTF8(text) > 40, concat(substringUTF8(text, 1, 39), '…'), text), topK(3)(value)) AS examples
FROM (
  SELECT
    weight,
    arrayJoin(arrayConcat(
      numbered('span', pairs_of(attributes)),
      numbered('resource', pairs_of(resource)),
      numbered('event', arrayFlatten(arrayMap(with -> pairs_of(with), event_attributes))))) AS one,
    one.1 AS on,
    one.2 AS key,
    one.3 AS value,
    one.4 AS nth
  FROM spans
)
GROUP BY on, key
ORDER BY spans DESC, on, key
LIMIT {limit:UInt32}
