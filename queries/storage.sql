-- What the spans take on disk
--
-- The table's active parts, and the oldest and newest span in it. Bytes a span is what is on disk, indexes included.
--
-- @window all
-- @column rows short
-- @column disk bytes
-- @column uncompressed bytes
-- @column bytes_per_span none

SELECT
  {database:String} || '.' || {table:String} AS table,
  sum(part.rows) AS rows,
  sum(bytes_on_disk) AS disk,
  sum(data_uncompressed_bytes) AS uncompressed,
  round(sum(data_uncompressed_bytes) / greatest(sum(data_compressed_bytes), 1), 1) AS compression,
  round(sum(bytes_on_disk) / greatest(sum(part.rows), 1), 1) AS bytes_per_span,
  count() AS parts,
  (SELECT minOrNull(time) FROM spans) AS oldest_span,
  (SELECT maxOrNull(time) FROM spans) AS newest_span
FROM system.parts AS part
WHERE active AND part.database = {database:String} AND part.table = {table:String}
