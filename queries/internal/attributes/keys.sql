-- Attribute keys
--
-- Keys of spans, resources, events, most frequent first, with an estimate of their different values and three examples.
-- A span with the key in several events, or twice in a map, counts once. Three selects: spans of one process have the
-- same resource, so each resource is taken apart once.

SELECT on, key, spans, values, examples_among(frequent, others, values, occurrences) AS examples
FROM (
  SELECT
    'span' AS on,
    toString(pair.1) AS key,
    adjusted_count(if(nth = 1, weight, 0)) AS spans,
    toUInt64(uniq(pair.2)) AS values,
    topK(100, 1, 'counts')(example_text(pair.2) AS value) AS frequent,
    count() AS occurrences,
    any_examples(value) AS others
  FROM spans
  ARRAY JOIN attributes AS pair, arrayEnumerateUniq(mapKeys(attributes)) AS nth
  GROUP BY key
  UNION ALL
  SELECT
    'resource' AS on,
    toString(pair.1) AS key,
    adjusted_count(if(nth = 1, counted, 0)) AS spans,
    toUInt64(uniq(pair.2)) AS values,
    topKWeighted(100, 1, 'counts')(example_text(pair.2) AS value, times) AS frequent,
    sum(times) AS occurrences,
    any_examples(value) AS others
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
    topK(100, 1, 'counts')(example_text(one.2) AS value) AS frequent,
    count() AS occurrences,
    any_examples(value) AS others
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
