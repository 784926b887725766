-- Attribute keys, from the sums that ClickStack keeps
--
-- The columns of `keys.sql`. The server adds up rows of one key and value when it merges parts, so counts are sums
-- here. The rollup has no attributes of events: those come from the spans, each of which counts once.

SELECT
  on,
  key,
  toUInt64(sum(counted)) AS spans,
  toUInt64(uniq(value)) AS values,
  examples_among(
    topKWeighted(100, 1, 'counts')(example_text(value) AS example, times),
    any_examples(example), uniq(value), sum(times)) AS examples
FROM (
  SELECT
    if(ColumnIdentifier = 'SpanAttributes', 'span', 'resource') AS on,
    toString(Key) AS key,
    Value AS value,
    toUInt64(count) AS times,
    times AS counted
  FROM {database:Identifier}.{rollup:Identifier}
  WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
    AND ColumnIdentifier IN ('SpanAttributes', 'ResourceAttributes')
  UNION ALL
  SELECT 'event' AS on, one.1 AS key, one.2 AS value, toUInt64(1) AS times, toUInt64(one.3 = 1) AS counted
  FROM (
    SELECT
      arrayFlatten(arrayMap(with -> CAST(with, 'Array(Tuple(String, String))'), event_attributes)) AS pairs,
      arrayJoin(arrayMap(
        (pair, nth) -> (pair.1, pair.2, nth), pairs, arrayEnumerateUniq(arrayMap(pair -> pair.1, pairs)))) AS one
    FROM spans
  )
)
GROUP BY on, key
ORDER BY spans DESC, on, key
LIMIT {limit:UInt32}
