-- Parts of a table with rows after a block
--
-- Inserts number their blocks. `fresh` parts have later blocks alone; others were merged from earlier ones, too.

SELECT name, toInt64(max_block_number) AS newest, min_block_number > {block:Int64} AS fresh
FROM system.parts
WHERE active AND database = {database:String} AND table = {followed:String} AND max_block_number > {block:Int64}
ORDER BY newest
