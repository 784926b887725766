-- Disk usage of the spans table
--
-- Rows, parts, bytes per span (indexes included), and the oldest and newest span. For a Distributed table these are
-- sums over its shards, one replica of each. Unknown values are empty.
--
-- @window all
-- @column rows short
-- @column disk bytes
-- @column uncompressed bytes
-- @column bytes_per_span none
-- @example otrace storage
-- @example otrace storage --json
-- @next otrace doctor - what the store lacks

SELECT
  {database:String} || '.' || {table:String} AS table,
  ifNull(total_rows, (SELECT count() FROM spans)) AS rows,
  -- A table without rows of its own says 0 bytes.
  if(total_rows IS NULL, NULL, total_bytes) AS disk,
  if(total_rows IS NULL, NULL, total_bytes_uncompressed) AS uncompressed,
  round(uncompressed / greatest(disk, 1), 1) AS compression,
  round(disk / greatest(rows, 1), 1) AS bytes_per_span,
  if(total_rows IS NULL, NULL, active_parts) AS parts,
  (SELECT if(count() > 0, toTimeZone(min(stored_time), 'UTC'), NULL) FROM spans) AS oldest_span,
  (SELECT if(count() > 0, toTimeZone(max(stored_time), 'UTC'), NULL) FROM spans) AS newest_span
FROM system.tables
WHERE database = {database:String} AND name = {table:String}
