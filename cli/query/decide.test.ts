import { expect, it } from 'vitest'
import { decide } from './decide.ts'

const SQL = `SELECT if({weighted:UInt8},
  multiIf(a = ')', [1, 2][1], f(x, y)), -- a comment, with a comma )
  1) AS weight, if(b, 2, 3), if({weighted:UInt8}, sum(w), count())`

it('leaves the one or the other', () => {
  expect(decide(SQL, 'weighted', true)).toBe(
    "SELECT multiIf(a = ')', [1, 2][1], f(x, y)) AS weight, if(b, 2, 3), sum(w)",
  )
  expect(decide(SQL, 'weighted', false)).toBe(
    `SELECT -- a comment, with a comma )
  1 AS weight, if(b, 2, 3), count()`,
  )
  expect(decide(SQL, 'other', true)).toBe(SQL)
})
