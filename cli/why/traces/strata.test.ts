/** The type of request whose times alone grew. */
import { expect, test } from 'vitest'
import { addStratum, grownAlone, type Strata } from './strata.ts'

/** Forty times of each type and side, about as long as given. */
function strataOf(types: Record<string, [before: number, after: number]>): Strata {
  const strata: Strata = new Map()
  for (const [type, times] of Object.entries(types))
    for (const side of [0, 1] as const)
      for (let i = 0; i < 40; i++)
        addStratum(strata, times[side] * (0.8 + 0.01 * i), { side, type, duration: 100 })
  return strata
}

test('of several types, the one that grew is told with its times', () => {
  const alone = grownAlone(strataOf({ a: [10, 10], b: [10, 20], c: [30, 31] }))
  expect(alone).toMatchObject({ type: 'b', after: expect.closeTo(19.9, 5) })
})

test.each<[string, Record<string, [number, number]>]>([
  ['two grew', { a: [10, 20], b: [10, 20], c: [30, 31] }],
  ['there is one', { a: [10, 20] }],
  ['none grew much', { a: [10, 10], b: [10, 12] }],
])('no type is told where %s', (_, types) => {
  expect(grownAlone(strataOf(types))).toBeUndefined()
})
