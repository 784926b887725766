-- Attribute keys
--
-- Keys of spans, resources, events, most frequent first, with an estimate of their different values and three examples,
-- cut to 40 characters: the most frequent ones of up to 100 values. Of more values, which topK only estimates, values
-- of a tenth of the spans come first, by the alphabet, then three that a hash chooses, so that they are the same each
-- time. A span with the key in several events, or twice in a map, counts once. Three selects: spans of one process have
-- the same resource, so each resource is taken apart once.

WITH
  text -> if(lengthUTF8(text) > 40, concat(substringUTF8(text, 1, 39), '…'), text) AS shortened
SELECT
  on, key, spans, values,
  arraySlice(if(values <= 100,
    arrayMap(one -> one.1, arraySort(one -> (-toInt64(one.2), one.1), frequent)),
    arrayDistinct(arrayConcat(
      arraySort(arrayMap(one -> one.1, arrayFilter(one -> one.2 * 10 >= occurrences, frequent))),
      [least, middle, most]))), 1, 3) AS examples
FROM (
  SELECT
    'span' AS on,
    toString(pair.1) AS key,
    adjusted_count(if(nth = 1, weight, 0)) AS spans,
    toUInt64(uniq(pair.2)) AS values,
    topK(100, 1, 'counts')(shortened(pair.2) AS value) AS frequent,
    count() AS occurrences,
    argMin(value, cityHash64(value)) AS least,
    argMin(value, bitXor(cityHash64(value), 6148914691236517205)) AS middle,
    argMax(value, cityHash64(value)) AS most
  FROM spans
  ARRAY JOIN attributes AS pair, arrayEnumerateUniq(mapKeys(attributes)) AS nth
  GROUP BY key
  UNION ALL
  SELECT
    'resource' AS on,
    toString(pair.1) AS key,
    adjusted_count(if(nth = 1, counted, 0)) AS spans,
    toUInt64(uniq(pair.2)) AS values,
    topKWeighted(100, 1, 'counts')(shortened(pair.2) AS value, times) AS frequent,
    sum(times) AS occurrences,
    argMin(value, cityHash64(value)) AS least,
    argMin(value, bitXor(cityHash64(value), 6148914691236517205)) AS middle,
    argMax(value, cityHash64(value)) AS most
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
    topK(100, 1, 'counts')(shortened(one.2) AS value) AS frequent,
    count() AS occurrences,
    argMin(value, cityHash64(value)) AS least,
    argMin(value, bitXor(cityHash64(value), 6148914691236517205)) AS middle,
    argMax(value, cityHash64(value)) AS most
  FROM (
    SELECT
      weight,
      arrayFlatten(arrayMap(with -> CAST(with, 'Array(Tuple(String, String))'), event_attributes)) AS pairs,
      arrayJoin(arrayMap(
        (pair, nth) -> (pair.1, pair.2, nth), pairs, arrayEnumerateUniq(arrayMap(pair -> pair.1, pairs)))) AS one
    FROM spans
    WHERE notEmpty(event_name)
  )
  GROUP BY key
)
ORDER BY spans DESC, on, key
LIMIT {limit:UInt32}
