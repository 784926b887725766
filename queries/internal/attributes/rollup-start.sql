-- First quarter of an hour with attributes in the rollup
--
-- In seconds since 1970. No row where it has none, as where only columns such as ServiceName are summed up, nor where a
-- span is sampled: the rollup knows no weights.

SELECT toUnixTimestamp(min(Timestamp)) AS start
FROM {database:Identifier}.{rollup:Identifier}
WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
  AND ColumnIdentifier IN ('SpanAttributes', 'ResourceAttributes')
HAVING count() > 0 AND (SELECT count() FROM (SELECT 1 FROM spans WHERE weight > 1 LIMIT 1)) = 0
