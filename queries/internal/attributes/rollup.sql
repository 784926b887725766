-- Whether ClickStack keeps sums of attributes
--
-- Checks the five columns of `@rollup`. A Distributed table needs a Distributed rollup: another holds one shard's.

SELECT 1
FROM system.columns
WHERE database = {database:String} AND table = {rollup:String}
  AND name IN ('Timestamp', 'ColumnIdentifier', 'Key', 'Value', 'count')
  AND (SELECT engine = 'Distributed' FROM system.tables WHERE database = {database:String} AND name = {rollup:String})
    = (SELECT engine = 'Distributed' FROM system.tables WHERE database = {database:String} AND name = {table:String})
HAVING count() = 5
