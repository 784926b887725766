-- Attribute keys, from what the collector adds up by the hour
--
-- The columns of `keys.sql`, from collector/schema/additions_to_traces.sql. Numbers of spans are exact, numbers of
-- values are estimates. Examples of attributes of spans are those beside whole hours. Both maps have their keys in the
-- same order.

SELECT
  on,
  key,
  sum(counted) AS spans,
  uniqCombined64Merge(14)(different) AS values,
  max(found) AS examples
FROM (
  SELECT 'span' AS on, toString(key) AS key, counted, different, [] AS found
  FROM (
    SELECT countMap(attributes) AS counts, uniqCombined64StateMap(14)(attributes) AS sketches FROM spans_hours
  )
  ARRAY JOIN mapKeys(counts) AS key, mapValues(counts) AS counted, mapValues(sketches) AS different
  UNION ALL
  SELECT
    'span' AS on,
    toString(pair.1) AS key,
    countIf(nth = 1) AS counted,
    uniqCombined64State(14)(pair.2) AS different,
    examples_among(
      topK(100, 1, 'counts')(example_text(pair.2) AS value), any_examples(value), uniq(pair.2), count()) AS found
  FROM spans_beside
  ARRAY JOIN attributes AS pair, arrayEnumerateUniq(mapKeys(attributes)) AS nth
  GROUP BY key
  UNION ALL
  SELECT
    'resource' AS on,
    toString(pair.1) AS key,
    sum(if(nth = 1, times, 0)) AS counted,
    uniqCombined64State(14)(pair.2) AS different,
    examples_among(
      topKWeighted(100, 1, 'counts')(example_text(pair.2) AS value, times),
      any_examples(value), uniq(pair.2), sum(times)) AS found
  FROM (
    SELECT any(resource) AS one, count() AS times FROM spans_hours GROUP BY cityHash64(resource)
    UNION ALL
    SELECT any(resource) AS one, count() AS times FROM spans_beside GROUP BY cityHash64(resource)
  )
  ARRAY JOIN one AS pair, arrayEnumerateUniq(mapKeys(one)) AS nth
  GROUP BY key
  UNION ALL
  SELECT
    'event' AS on,
    one.1 AS key,
    countIf(one.3 = 1) AS counted,
    uniqCombined64State(14)(one.2) AS different,
    examples_among(
      topK(100, 1, 'counts')(example_text(one.2) AS value), any_examples(value), uniq(one.2), count()) AS found
  FROM (
    SELECT
      arrayFlatten(arrayMap(with -> CAST(with, 'Array(Tuple(String, String))'), event_attributes)) AS pairs,
      arrayJoin(arrayMap(
        (pair, nth) -> (pair.1, pair.2, nth), pairs, arrayEnumerateUniq(arrayMap(pair -> pair.1, pairs)))) AS one
    FROM spans
    WHERE notEmpty(event_name)
  )
  GROUP BY key
)
GROUP BY on, key
ORDER BY spans DESC, on, key
LIMIT {limit:UInt32}
