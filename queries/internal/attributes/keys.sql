-- Attribute keys
--
-- Keys of spans, resources, events, most frequent first, with an estimate of their different values and three of the
-- most frequent: up to 30 values they are the same each time. A span with the key in several events, or twice in a map,
-- counts once. Three selects: spans of one process have the same resource, so each resource is taken apart once.

WITH
  text -> if(lengthUTF8(text) > 40, concat(substringUTF8(text, 1, 39), '…'), text) AS shortened
SELECT
  on, key, spans, values,
  arrayMap(one -> shortened(one.1), arraySlice(arraySort(one -> (-toInt64(one.2), one.1), frequent), 1, 3)) AS examples
FROM (
  SELECT
    'span' AS on,
    toString(pair.1) AS key,
    adjusted_count(if(nth = 1, weight, 0)) AS spans,
    toUInt64(uniq(pair.2)) AS values,
    topK(10, 3, 'counts')(pair.2) AS frequent
  FROM spans
  ARRAY JOIN attributes AS pair, arrayEnumerateUniq(mapKeys(attributes)) AS nth
  GROUP BY key
  UNION ALL
  SELECT
    'resource' AS on,
    toString(pair.1) AS key,
    adjusted_count(if(nth = 1, counted, 0)) AS spans,
    toUInt64(uniq(pair.2)) AS values,
    topKWeighted(10, 3, 'counts')(pair.2, times) AS frequent
  FROM (
    SELECT any(resource) AS one, sum(weight) AS counted, count() AS times
    FROM spans
    GROUP BY cityHash64(resource)
  )
  ARRAY JOIN one AS pair, arrayEnumerateUniq(mapKeys(one)) AS nth
  GROUP BY key
  UNION ALL
  SELECT
    'event' AS on,
    one.1 AS key,
    adjusted_count(if(one.3 = 1, weight, 0)) AS spans,
    toUInt64(uniq(one.2)) AS values,
    topK(10, 3, 'counts')(one.2) AS frequent
  FROM (
    SELECT
      weight,
      arrayFlatten(arrayMap(with -> CAST(with, 'Array(Tuple(String, String))'), event_attributes)) AS pairs,
      arrayJoin(arrayMap(
        (pair, nth) -> (pair.1, pair.2, nth), pairs, arrayEnumerateUniq(arrayMap(pair -> pair.1, pairs)))) AS one
    FROM spans
    WHERE notEmpty(event_attributes)
  )
  GROUP BY key
)
ORDER BY spans DESC, on, key
LIMIT {limit:UInt32}
