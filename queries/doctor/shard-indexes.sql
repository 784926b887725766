-- The skip indexes of the tables below a Distributed one
--
-- What each is on, and its type; asked of one replica of each shard.

SELECT DISTINCT expr AS expression, type_full AS type
FROM cluster({cluster:String}, system.data_skipping_indices)
WHERE database = {below_database:String} AND table = {below_table:String}
ORDER BY expression
