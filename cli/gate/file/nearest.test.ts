/** The check that a text means which is not one. */
import { expect, it } from 'vitest'
import { nearestCheck } from './nearest.ts'

it.each([
  ['no_n_plus_on', 'no_n_plus_one: 10'],
  ['no_n_plus_one 20', 'no_n_plus_one: 20'],
  ['no_n_plus_one=20', 'no_n_plus_one: 20'],
  ['no_n_plus_one:20', 'no_n_plus_one: 20'],
  ['attributes', 'attributes: [user.id]'],
  ['p95', "expect: 'p95 < 300ms'"],
  ['p(95) = 1s', "expect: 'p(95) < 1s'"],
  ['count', "expect: 'count >= 100'"],
  ['error_rate 2%', "expect: 'error_rate < 2%'"],
  ['checkout', undefined],
])('%s is near a check', (text, meant) => {
  expect(nearestCheck(text)).toBe(meant)
})
