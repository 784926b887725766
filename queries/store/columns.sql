-- The tables that could hold spans, and what the server tells of them
--
-- One fact a row, for `cli/store/candidates.ts` to put together: a `column` of a table that has one for the trace's id, with the
-- expression that an ALIAS stands for; a skip `index` by the expression that it is on; the table `below` a Distributed one; the server's
-- `version`. An empty `database` means any. Plain selects, since a server takes three times as long to understand one with joins.

SELECT 'column' AS what, database, table, name, type, if(default_kind = 'ALIAS', default_expression, '') AS expression
FROM system.columns
WHERE (database, table) IN (
  SELECT database, table
  FROM system.columns
  WHERE lower(name) IN ('traceid', 'trace_id')
    AND database NOT IN ('system', 'information_schema', 'INFORMATION_SCHEMA')
    AND ({database:String} = '' OR database = {database:String})
)
UNION ALL
SELECT 'index', database, table, '', type_full, expr
FROM system.data_skipping_indices
UNION ALL
SELECT
  'below', database, name,
  extract(engine_full, '^Distributed\\(\'[^\']*\', \'[^\']*\', \'([^\']*)\''),
  extract(engine_full, '^Distributed\\(\'[^\']*\', \'([^\']*)\''),
  ''
FROM system.tables
WHERE engine = 'Distributed'
UNION ALL
SELECT 'version', '', '', version(), '', ''
