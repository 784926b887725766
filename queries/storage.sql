-- What the spans take on disk
--
-- The rows of the table, the parts they lie in, and the oldest and newest span. Bytes a span is what is on disk, indexes included. Of a
-- Distributed table its shards are asked, one replica of each; what nobody tells is empty.
--
-- @window all
-- @column rows short
-- @column disk bytes
-- @column uncompressed bytes
-- @column bytes_per_span none

SELECT
  {database:String} || '.' || {table:String} AS table,
  ifNull(total_rows, (SELECT count() FROM spans)) AS rows,
  -- A table without rows of its own says 0 bytes.
  if(total_rows IS NULL, NULL, total_bytes) AS disk,
  if(total_rows IS NULL, NULL, total_bytes_uncompressed) AS uncompressed,
  round(uncompressed / greatest(disk, 1), 1) AS compression,
  round(disk / greatest(rows, 1), 1) AS bytes_per_span,
  if(total_rows IS NULL, NULL, active_parts) AS parts,
  (SELECT minOrNull(time) FROM spans) AS oldest_span,
  (SELECT maxOrNull(time) FROM spans) AS newest_span
FROM system.tables
WHERE database = {database:String} AND name = {table:String}
