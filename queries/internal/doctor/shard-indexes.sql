-- Skip indexes of the local tables below a Distributed one
--
-- Read from one replica of each shard.

SELECT DISTINCT expr AS expression, type_full AS type
FROM cluster({cluster:String}, system.data_skipping_indices)
WHERE database = {below_database:String} AND table = {below_table:String}
ORDER BY expression
