/** Typed SQL: one statement that reads. */
import { describe, expect, it } from 'vitest'
import { OtraceError } from '../errors.ts'
import { readTyped, splitSettings } from './typed-sql.ts'

describe('readTyped', () => {
  it.each([
    ['SELECT 1', 'SELECT 1', ''],
    [' SELECT 1 ; ; -- end', 'SELECT 1', ''],
    ["SELECT 1 AS a, 'x';", "SELECT 1 AS a, 'x'", ''],
    ["SELECT 'x' /* ; */ ;;", "SELECT 'x' /* ; */", ''],
    ['SELECT 1 AS `n` ;\n', 'SELECT 1 AS `n`', ''],
    ['SELECT 1 AS “n;”; -- “;”', 'SELECT 1 AS “n;”', ''],
    ['SELECT $a$x$a$;', 'SELECT $a$x$a$', ''],
    ["SELECT 1 SETTINGS a = 'iso';", 'SELECT 1', "SETTINGS a = 'iso'"],
    ["SELECT ';' -- ;", "SELECT ';' -- ;", ''],
    [
      'WITH a AS (SELECT 1) SELECT * FROM a SETTINGS max_threads = 1, join_use_nulls = 1',
      'WITH a AS (SELECT 1) SELECT * FROM a',
      'SETTINGS max_threads = 1, join_use_nulls = 1',
    ],
    ['SELECT (SELECT 1 SETTINGS a = 1)', 'SELECT (SELECT 1 SETTINGS a = 1)', ''],
    [
      'SELECT 1 SETTINGS a = 1 UNION ALL SELECT 2',
      'SELECT 1 SETTINGS a = 1 UNION ALL SELECT 2',
      '',
    ],
    ["SELECT 1 # it's; one", "SELECT 1 # it's; one", ''],
    ['#!/usr/bin/otrace sql\nSELECT 1', '#!/usr/bin/otrace sql\nSELECT 1', ''],
    ['SELECT $$a;b$$', 'SELECT $$a;b$$', ''],
    ['SELECT 1 -- SETTINGS a = 1', 'SELECT 1 -- SETTINGS a = 1', ''],
    ['SELECT 1 AS format ORDER BY format DESC', 'SELECT 1 AS format ORDER BY format DESC', ''],
    ['EXPLAIN SELECT 1', 'EXPLAIN SELECT 1', ''],
  ])('%s', (text, sql, settings) => {
    expect(splitSettings(readTyped(text).sql)).toEqual({ sql, settings })
  })

  it.each([
    ['DESCRIBE spans', 'spans'],
    ['desc table `spans`;', undefined],
    ['DESC TABLE red -- which?', 'red'],
    ['DESCRIBE spans "all"', undefined],
    ['SHOW COLUMNS FROM spans', 'spans'],
    ['DESCRIBE otel_traces', undefined],
  ])('%s is about %s', (text, relation) => {
    expect(readTyped(text).described).toBe(relation)
  })

  it.each([
    ['', 2, 'no statement given', 'SELECT'],
    ['-- nothing', 2, 'no statement given', 'SELECT'],
    ["'x'", 4, "read-only: statement not allowed: 'x'", 'SELECT'],
    ['SELECT 1; SELECT 2', 2, 'more than one statement', 'one at a time'],
    ['selct 1', 2, "not a statement: 'selct'", 'did you mean SELECT?'],
    ['spans', 2, "not a statement: 'spans'", 'SELECT * FROM spans'],
    ['SELECT', 2, 'incomplete statement: SELECT', 'SELECT * FROM spans'],
    ['SET a = 1', 4, 'read-only: statement not allowed: SET', 'SETTINGS name = value'],
    ['{a}', 4, 'read-only: statement not allowed', 'SELECT'],
    ['EXISTS spans', 2, 'spans is not a table', 'DESCRIBE spans'],
    ['EXPLAIN SELECT count() FROM red', 2, 'red is not a table', '--explain'],
    ['SELECT 1 FORMAT JSON', 2, 'FORMAT JSON can', '-o'],
    ['SELECT 1 FORMAT JSONEachRow', 2, 'FORMAT JSONEachRow can', '-o'],
    ['SELECT 1 FORMAT TSV SETTINGS a = 1', 2, 'FORMAT TSV can', '-o'],
    ["SELECT 1 INTO OUTFILE 'x'", 2, 'INTO OUTFILE is not supported', '> result.csv'],
    ['SELECT {x:UInt8}', 2, 'no value for parameter {x:UInt8}', '{from:…}'],
  ])('refuses %s', (text, exit, sentence, hint) => {
    const error = failure(text)
    expect(error.message).toContain(sentence)
    expect(error.hint).toContain(hint)
    expect(error.exit).toBe(exit)
  })
})

it.each(
  `ALTER ATTACH BACKUP BEGIN CALL CHECK COMMIT COPY CREATE DELETE DETACH DROP EXCHANGE EXECUTE GRANT INSERT KILL MOVE
   OPTIMIZE RENAME REPLACE RESTORE REVOKE ROLLBACK SYSTEM TRUNCATE UNDROP UPDATE UPSERT VACUUM WATCH`.split(
    /\s+/,
  ),
)('%s is not allowed', (verb) => {
  for (const text of [`${verb} x SET a = 1`, `/* SELECT */ ${verb.toLowerCase()} x`]) {
    const { message, exit } = failure(text)
    expect(message.toLowerCase()).toBe(`read-only: statement not allowed: ${verb.toLowerCase()}`)
    expect(exit).toBe(4)
  }
})

function failure(text: string): OtraceError {
  try {
    readTyped(text)
  } catch (error) {
    if (error instanceof OtraceError) return error
  }
  throw new Error(`${text} was taken`)
}
