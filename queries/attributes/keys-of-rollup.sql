-- Which attributes there are, as ClickStack sums them up
--
-- The same columns as `keys.sql`. Rows of one key and value are added up when the server merges them, so that counts are sums here. The
-- rollup has no attributes of events: those are read from the spans, of which each counts as one, as in the rollup.

SELECT
  on,
  key,
  toUInt64(sum(counted)) AS spans,
  toUInt64(uniq(value)) AS values,
  arrayMap(text -> if(lengthUTF8(text) > 40, concat(substringUTF8(text, 1, 39), '…'), text), topKWeighted(3)(value, times)) AS examples
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
