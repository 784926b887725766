-- Size of the local tables below a Distributed one
--
-- Read from one replica of each shard.

SELECT
  count() AS shards,
  any(engine) AS engine,
  sum(total_rows) AS rows,
  sum(if(total_rows IS NULL, NULL, total_bytes)) AS disk,
  sum(if(total_rows IS NULL, NULL, total_bytes_uncompressed)) AS uncompressed,
  sum(active_parts) AS parts,
  any(extract(create_table_query, '\\bTTL (.+?)(?: SETTINGS |$)')) AS ttl,
  any(sorting_key) AS sorting_key
FROM cluster({cluster:String}, system.tables)
WHERE database = {below_database:String} AND name = {below_table:String}
