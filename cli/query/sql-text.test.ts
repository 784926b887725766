/** What of a statement is opaque, as ClickHouse's lexer finds it. */
import { expect, it } from 'vitest'
import { bare, mentions, placeholders, readersOf } from './sql-text.ts'

it.each([
  ['1 -- a\n+ 1', '1     \n+ 1'],
  ['1 --a\n+ 1', '1    \n+ 1'],
  ["1 # it's\n+ 1", '1       \n+ 1'],
  ["1 #!it's\n+ 1", '1       \n+ 1'],
  ["1 // it's\n+ 1", '1        \n+ 1'],
  ['1 /* a -- \n # */ + 1', '1                + 1'],
  ['1 # a\r+ 1', '1        '],
  ["'a''b' + '\\'' + 1", '       +      + 1'],
  ['"a""b" + `a``b` + 1', '       +        + 1'],
  ['“it\'s” + ‘"’ + 1', '       +     + 1'],
  ["$$it's$$ + $a$it's$$$a$ + 1", '         +              + 1'],
  ['toString(1) + constructor', 'toString(1) + constructor'],
  // Not comments, and not heredocs.
  ['1 #a', '1 #a'],
  ['1 #\ta', '1 #\ta'],
  ['1 - -1 / /1', '1 - -1 / /1'],
  ['a$b$ + c$b$', 'a$b$ + c$b$'],
  ['$a$ + $b$', '$a$ + $b$'],
  ['$__timeFilter(a) + $__timeFilter(b)', '$__timeFilter(a) + $__timeFilter(b)'],
  // Without an end.
  ["1 'a /* b", '1        '],
  ['1 /* a', '1     '],
])('%j', (sql, expected) => {
  expect(bare(sql)).toBe(expected)
})

it('names in comments and strings are not names', () => {
  const sql = `SELECT "a", “b” # c\n, $$d$$, 'e' // f {g:UInt8}\n, {h:UInt8}`
  const found = ['a', 'b', 'c', 'd', 'e', 'f'].filter((word) => mentions(sql, word))
  expect(found).toEqual(['a', 'b'])
  expect([...placeholders(sql).keys()]).toEqual(['h'])
})

it('the SELECTs from a relation end with their parentheses', () => {
  const inner = "(SELECT f(b) FROM t WHERE c IN (1, ')')"
  const sql = `WITH x AS (SELECT a, (d) FROM ${inner}) GROUP BY a) SELECT e FROM t_x, x`
  expect(readersOf(sql, 't')).toEqual([inner])
  expect(readersOf('SELECT a FROM t', 't')).toEqual(['SELECT a FROM t'])
})

it.each(['/*', "\\'", "'", '$a', '$a$', '#!', "''\\", '“'])(
  'a megabyte of %s is read in one pass',
  (piece) => {
    const sql = piece.repeat(2 ** 20 / piece.length)
    expect(bare(sql)).toHaveLength(sql.length)
  },
)
