/** Scrolling by keys. */
import { expect, test } from 'vitest'
import { type Action, scrolled } from './keys.ts'

test.each<[number, Action, number]>([
  [0, 'down', 1],
  [0, 'up', 0],
  [0, 'page-down', 9],
  [12, 'page-up', 3],
  [3, 'page-up', 0],
  [40, 'down', 41],
  [90, 'down', 90],
  [85, 'page-down', 90],
  [3, 'bottom', 90],
  [3, 'top', 0],
  [3, 'quit', 3],
])('from line %d, %s leads to %d', (first, action, wanted) => {
  expect(scrolled(first, action, 100, 10)).toBe(wanted)
})

test('what fits does not scroll', () => {
  expect(scrolled(0, 'down', 5, 5)).toBe(0)
})
