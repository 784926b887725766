-- Which attributes there are, as ClickStack sums them up
--
-- The same columns as `keys.sql`. Rows of one key and value are added up when the server merges them, so that counts are sums here. The
-- rollup has no attributes of events: those are read from the spans.

SELECT
  on,
  key,
  toUInt64(sum(times)) AS spans,
  toUInt64(uniq(value)) AS values,
  arrayMap(text -> if(lengthUTF8(text) > 40, concat(substringUTF8(text, 1, 39), '…'), text), topKWeighted(3)(value, times)) AS examples
FROM (
  SELECT if(ColumnIdentifier = 'SpanAttributes', 'span', 'resource') AS on, toString(Key) AS key, Value AS value, toUInt64(count) AS times
  FROM {database:Identifier}.{rollup:Identifier}
  WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
    AND ColumnIdentifier IN ('SpanAttributes', 'ResourceAttributes')
  UNION ALL
  SELECT 'event' AS on, one.1 AS key, one.2 AS value, toUInt64(1) AS times
  FROM (
    SELECT arrayJoin(arrayFlatten(arrayMap(
      with -> arrayMap((key, value) -> (toString(key), value), mapKeys(with), mapValues(with)), event_attributes))) AS one
    FROM spans
  )
)
GROUP BY on, key
ORDER BY spans DESC, on, key
LIMIT {limit:UInt32}
