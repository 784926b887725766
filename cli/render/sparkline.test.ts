/** Sparklines. */
import { expect, test } from 'vitest'
import { sparkline } from './sparkline.ts'

test.each<[string, (number | null)[], number | undefined, string]>([
  ['from zero to the highest', [0, 1, 2, 3, 4, 5, 6, 7], undefined, '▁▂▃▄▅▆▇█'],
  ['all equal', [5, 5, 5], undefined, '███'],
  ['all zero', [0, 0], undefined, '▁▁'],
  ['a gap', [1, null, 2], undefined, '▅ █'],
  ['only gaps', [null, null], undefined, '  '],
  ['nothing', [], undefined, ''],
  ['a little is more than nothing', [0, 1, 1000], undefined, '▁▂█'],
  ['below zero', [-7, 0, 7], undefined, '▁▅█'],
  ['a spike in fewer columns', [0, 0, 0, 9, 0, 0], 3, '▁█▁'],
  ['a gap in fewer columns', [1, null, null, null, 1, 1], 3, '█ █'],
  ['values that are not numbers', [Number.NaN, 1], undefined, ' █'],
])('%s', (_, values, width, text) => {
  expect(sparkline(values, width)).toBe(text)
})
