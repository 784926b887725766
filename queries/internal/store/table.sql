-- Size and layout of the spans table
--
-- A Distributed table has no rows of its own: `cluster`, `below_database` and `below_table` name its local table. Reads
-- `system.tables` alone, which every user may read: it hides the tables that a user may not see.

WITH
  '\'((?:[^\'\\\\]|\\\\.)*)\'' AS quoted,
  extractGroups(engine_full, concat('^Distributed\\(', quoted, ', ', quoted, ', ', quoted)) AS found,
  arrayMap(word -> replaceRegexpAll(word, '\\\\(.)', '\\1'), found) AS below
SELECT
  engine,
  total_rows AS rows,
  if(total_rows IS NULL, NULL, total_bytes) AS disk,
  if(total_rows IS NULL, NULL, total_bytes_uncompressed) AS uncompressed,
  extract(create_table_query, '\\bTTL (.+?)(?: SETTINGS |$)') AS ttl,
  sorting_key,
  below[1] AS cluster,
  below[2] AS below_database,
  below[3] AS below_table,
  (
    SELECT count() FROM system.tables
    WHERE database = {database:String} AND name = concat({table:String}, '_trace_id_ts')
  ) AS lookups
FROM system.tables
WHERE database = {database:String} AND name = {table:String}
