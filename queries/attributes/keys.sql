-- Which attributes there are
--
-- Of spans, resources and events, most frequent first, with how many different values each has (about) and three of the most frequent.

SELECT
  on,
  key,
  toUInt64(count()) AS spans,
  toUInt64(uniq(value)) AS values,
  arrayMap(text -> if(lengthUTF8(text) > 40, concat(substringUTF8(text, 1, 39), '…'), text), topK(3)(value)) AS examples
FROM (
  SELECT
    arrayJoin(arrayConcat(
      arrayMap((key, value) -> ('span', toString(key), value), mapKeys(attributes), mapValues(attributes)),
      arrayMap((key, value) -> ('resource', toString(key), value), mapKeys(resource), mapValues(resource)),
      arrayFlatten(arrayMap(
        with -> arrayMap((key, value) -> ('event', toString(key), value), mapKeys(with), mapValues(with)),
        event_attributes)))) AS one,
    one.1 AS on,
    one.2 AS key,
    one.3 AS value
  FROM spans
)
GROUP BY on, key
ORDER BY spans DESC, on, key
LIMIT {limit:UInt32}
