-- The columns and skip indexes of tables that could hold spans
--
-- Empty `database` or `table` means any. Only tables with a column for the trace's id are listed. An index is called `index:` and what it
-- is on; on an ALIAS column that is its name, where the server's version can read the index through it, so that a profile that needs
-- `index:<name>` fits only there. A Distributed table has the indexes of the tables below it, where this server holds one of them,
-- and `below:` names that table. The server's version comes along under no table's name.

WITH
  version() AS server,
  -- Patch releases from 26.2 on got it too. ClickHouse Cloud numbers its patches otherwise: there it counts from 26.5.
  arrayMap(part -> toUInt32OrZero(part), splitByChar('.', server)) AS release,
  (release >= [26, 5]
    OR (release >= [26, 2, 19, 43] AND release < [26, 3])
    OR (release >= [26, 3, 12, 3] AND release < [26, 4])
    OR release >= [26, 4, 3, 37]) AS reads_alias,
  candidate AS (
    SELECT DISTINCT database, table
    FROM system.columns
    WHERE lower(name) IN ('traceid', 'trace_id')
      AND database NOT IN ('system', 'information_schema', 'INFORMATION_SCHEMA')
      AND ({database:String} = '' OR database = {database:String})
      AND ({table:String} = '' OR table = {table:String})
  ),
  below AS (
    SELECT
      database, name AS table,
      extract(engine_full, '^Distributed\\(\'[^\']*\', \'([^\']*)\'') AS local_database,
      extract(engine_full, '^Distributed\\(\'[^\']*\', \'[^\']*\', \'([^\']*)\'') AS local_table
    FROM system.tables
    WHERE engine = 'Distributed' AND (database, name) IN (SELECT database, table FROM candidate)
    UNION ALL
    SELECT database, table, database, table FROM candidate
  )
SELECT database, table, name, type
FROM (
  SELECT database, table, name, type
  FROM system.columns
  WHERE (database, table) IN (SELECT database, table FROM candidate)
  UNION ALL
  SELECT below.database, below.table, concat('index:', if(c.name = '' OR NOT reads_alias, i.expr, c.name)), i.type_full
  FROM system.data_skipping_indices AS i
  JOIN below ON i.database = below.local_database AND i.table = below.local_table
  LEFT JOIN system.columns AS c
    ON c.database = i.database AND c.table = i.table AND c.default_kind = 'ALIAS' AND c.default_expression = i.expr
  UNION ALL
  SELECT database, table, concat('below:', local_database, '.', local_table), ''
  FROM below
  WHERE (database, table) != (local_database, local_table)
  UNION ALL
  SELECT '', '', 'version', server
)
ORDER BY database, table
