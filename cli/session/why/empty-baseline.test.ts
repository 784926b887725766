/** The advice for a baseline without requests. */
import { expect, it } from 'vitest'
import { adviceFor } from './empty-baseline.ts'

const MINUTE = 60_000_000_000n
const now = 10_000n * MINUTE
const hour = { from: now - 60n * MINUTE, to: now, bucket: 60 }
const spans = (oldest: bigint, newest = 0n) => ({
  now,
  oldest: now - oldest * MINUTE,
  newest: now - newest * MINUTE,
})

it.each([
  [
    'younger than the baseline',
    spans(58n),
    'The oldest span is 58m old: use --since 29m, or --slow.',
  ],
  ['older than a day', spans(3000n), 'Name another: --baseline 1d'],
  ['of less than a day', spans(600n), 'The oldest span is 10h old: use --since 300m, or --slow.'],
  ['not of the newer half', spans(58n, 40n), 'Within the window, --slow compares'],
])('spans %s', (_, times, advice) => {
  expect(adviceFor(hour, times)).toContain(advice)
})
