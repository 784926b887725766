-- The columns of tables that could hold spans
--
-- Empty `database` or `table` means any. Only tables with a column for the trace's id are listed.

SELECT database, table, name, type
FROM system.columns
WHERE database NOT IN ('system', 'information_schema', 'INFORMATION_SCHEMA')
  AND ({database:String} = '' OR database = {database:String})
  AND ({table:String} = '' OR table = {table:String})
  AND (database, table) IN (
    SELECT database, table FROM system.columns WHERE lower(name) IN ('traceid', 'trace_id')
  )
ORDER BY database, table, position
