/** Statements without their literals. */
import { expect, test } from 'vitest'
import { commonForm } from './statement.ts'

test.each([
  ['SELECT * FROM t WHERE id = ?', 'SELECT * FROM t WHERE id = ?'],
  ['SELECT * FROM t1 WHERE id=7 AND x2 < -1.5e3', 'SELECT * FROM t1 WHERE id=? AND x2 < ?'],
  ["SELECT 'it''s', N'a\\'b', 0xFF", 'SELECT ?, ?, ?'],
  ['SELECT "col 1", `col 2` FROM "t 3"', 'SELECT "col 1", `col 2` FROM "t 3"'],
  [
    'WHERE a = $1 AND b = :b2 AND c = @p3 AND d = ?4',
    'WHERE a = $1 AND b = :b2 AND c = @p3 AND d = ?4',
  ],
  ['WHERE id IN (1, 2, 3) OR k in (?,?)', 'WHERE id IN (?) OR k IN (?)'],
  ["WHERE id IN ($1, $2, null) AND n IN ('a')", 'WHERE id IN (?) AND n IN (?)'],
  ['WHERE id IN (SELECT id FROM t WHERE n > 5)', 'WHERE id IN (SELECT id FROM t WHERE n > ?)'],
  ['SELECT a-1, a - 1 FROM t LIMIT 10', 'SELECT a-?, a - ? FROM t LIMIT ?'],
  ["SELECT x::int, '2024-01-01'::date", 'SELECT x::int, ?::date'],
  ['GET user:7', 'GET user:?'],
  ["SELECT 'never closed", "SELECT 'never closed"],
])('%s', (statement, form) => {
  expect(commonForm(statement)).toBe(form)
  expect(commonForm(form)).toBe(form)
})
