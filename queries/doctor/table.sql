-- The table of spans as the server keeps it
--
-- A Distributed table has no rows of its own: those columns are null.

SELECT
  engine,
  total_rows AS rows,
  total_bytes AS disk,
  extract(create_table_query, '\\bTTL (.+?)(?: SETTINGS |$)') AS ttl,
  (
    SELECT if(count() = 0, NULL, round(sum(data_uncompressed_bytes) / greatest(sum(data_compressed_bytes), 1), 1))
    FROM system.parts WHERE active AND database = {database:String} AND table = {table:String}
  ) AS compression,
  (
    SELECT count() FROM system.tables WHERE database = {database:String} AND name = concat({table:String}, '_trace_id_ts')
  ) AS lookups
FROM system.tables
WHERE database = {database:String} AND name = {table:String}
