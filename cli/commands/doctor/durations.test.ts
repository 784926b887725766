/** Odd durations, times, ids and kinds as the doctor's findings. */
import { expect, test } from 'vitest'
import { oddities } from './durations.ts'

test('spans that end before they start are not counted as spans of duration 0', () => {
  const mix = { spans: 100, without_duration: 30, kindless: 0 }
  const found = oddities(mix, 80).map((check) => [check.state, check.found.replace(/ .*/, '')])
  expect(found).toEqual([
    ['warning', '20.0%'],
    ['note', '10.0%'],
  ])
})

test.each([
  [50, [['warning', '30.0%']]],
  [120, [['note', '30.0%']]],
])('spans that arrive between the counts change no other: %d forward', (forward, expected) => {
  const mix = { spans: 100, without_duration: 30, kindless: 0 }
  const found = oddities(mix, forward).map(({ state, found }) => [state, found.split(' ')[0]])
  expect(found).toEqual(expected)
})
