-- Tables that could hold spans, one fact per row
--
-- `cli/store/candidates.ts` combines them: a `column` of a table that has one for trace ids, with the expression of an
-- ALIAS; a skip `index` by its expression; the table `below` a Distributed one; the server's `version`. An empty
-- `database` matches any. Plain selects: joins take a server three times as long to analyse.

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
