-- Parts of a table with rows after a block
--
-- Inserts number their blocks, across all partitions.

SELECT name, partition_id AS partition, min_block_number AS oldest, max_block_number AS newest, rows
FROM system.parts
WHERE active AND database = {database:String} AND table = {followed:String} AND max_block_number > {block:Int64}
ORDER BY newest
