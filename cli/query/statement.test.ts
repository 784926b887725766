import { describe, expect, it } from 'vitest'
import { OtraceError } from '../errors.ts'
import { readTyped } from './statement.ts'

describe('readTyped', () => {
  it.each([
    ['SELECT 1', 'SELECT 1', ''],
    [' SELECT 1 ; ; -- end', 'SELECT 1', ''],
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
    ['SELECT 1 -- SETTINGS a = 1', 'SELECT 1 -- SETTINGS a = 1', ''],
    ['SELECT 1 AS format ORDER BY format DESC', 'SELECT 1 AS format ORDER BY format DESC', ''],
    ['EXPLAIN SELECT 1', 'EXPLAIN SELECT 1', ''],
  ])('%s', (text, sql, settings) => {
    expect(readTyped(text)).toEqual({ sql, settings })
  })

  it.each([
    ['DESCRIBE spans', 'spans'],
    ['desc table `spans`;', undefined],
    ['DESC TABLE red -- which?', 'red'],
    ['SHOW COLUMNS FROM spans', 'spans'],
    ['DESCRIBE otel_traces', undefined],
  ])('%s is about %s', (text, relation) => {
    expect(readTyped(text).described).toBe(relation)
  })

  it.each([
    ['', 2, 'no statement was given', 'SELECT'],
    ['-- nothing', 2, 'no statement was given', 'SELECT'],
    ['SELECT 1; SELECT 2', 2, 'more than one statement', 'one at a time'],
    ['selct 1', 2, "'selct' begins no statement", 'did you mean SELECT?'],
    ['spans', 2, "'spans' begins no statement", 'SELECT * FROM spans'],
    ['INSERT INTO t VALUES (1)', 4, 'otrace only reads', 'clickhouse-client'],
    ['SET a = 1', 4, 'SET is not for it', 'SETTINGS name = value'],
    ['EXISTS spans', 2, 'spans is no table', 'DESCRIBE spans'],
    ['EXPLAIN SELECT count() FROM red', 2, 'red is no table', '--explain'],
    ['SELECT 1 FORMAT JSON', 2, 'leave FORMAT JSON out', '-o json'],
    ['SELECT 1 FORMAT JSONEachRow', 2, 'FORMAT JSONEachRow', '-o ndjson'],
    ['SELECT 1 FORMAT TSV SETTINGS a = 1', 2, 'leave FORMAT TSV out', '-o tsv'],
    ["SELECT 1 INTO OUTFILE 'x'", 2, 'writes no file', '> answer.csv'],
    ['SELECT {x:UInt8}', 2, 'nothing stands for {x:UInt8}', '{from:…}'],
  ])('refuses %s', (text, exit, sentence, hint) => {
    const error = failure(text)
    expect(error.message).toContain(sentence)
    expect(error.hint).toContain(hint)
    expect(error.exit).toBe(exit)
  })
})

function failure(text: string): OtraceError {
  try {
    readTyped(text)
  } catch (error) {
    if (error instanceof OtraceError) return error
  }
  throw new Error(`${text} was taken`)
}
