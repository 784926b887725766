/** Marks in SQL comments. */
import { expect, it } from 'vitest'
import { resolveCondition } from './marks.ts'

const SQL = `SELECT if(/*+ weighted */1,
  multiIf(a = ')', [1, 2][1], f(x, y)), -- a comment, with a comma )
  1) AS weight, if(b, 2, 3), if(/*+ weighted */1, sum(w), count())`

it('leaves the one or the other', () => {
  expect(resolveCondition(SQL, 'weighted', true)).toBe(
    "SELECT multiIf(a = ')', [1, 2][1], f(x, y)) AS weight, if(b, 2, 3), sum(w)",
  )
  expect(resolveCondition(SQL, 'weighted', false)).toBe(
    `SELECT -- a comment, with a comma )
  1 AS weight, if(b, 2, 3), count()`,
  )
  expect(resolveCondition(SQL, 'other', true)).toBe(SQL)
})
