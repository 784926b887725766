/** When errors and slow requests were. */
import { expect, test } from 'vitest'
import type { Seen, WhyFinding } from '../finding.ts'
import { evidence } from '../words/evidence.ts'
import { burstOf } from './burst.ts'
import { seenOf } from './seen.ts'

const SECOND = 1e9
const MINUTE = 60 * SECOND
/** Requests of an hour, five a minute. */
const hour = Array.from({ length: 300 }, (_, i) => ({ start: i * 12 * SECOND, duration: SECOND }))

/** Every so many requests from one minute to another. */
const some = (every: number, from: number, to: number) =>
  new Set(
    hour.filter(({ start }, i) => i % every === 0 && start >= from * MINUTE && start < to * MINUTE),
  )
const NOON = Date.parse('2026-01-02T12:00:00Z') * 1e6
const said = (seen: Seen | undefined, dated = false, from = NOON) => {
  const at = (time: number) => from + time
  const finding = {
    ...{ kind: 'errors begin here', interval: [0.1, 0.3], spans: [300, 300], unit: 'percentunit' },
    ...{ before: 0, after: 0.2, certain: true, share: 0.5, dated },
    seen: seen && {
      ...{ ...seen, first: at(seen.first), last: at(seen.last) },
      ...(seen.most && { most: { ...seen.most, from: at(seen.most.from), to: at(seen.most.to) } }),
    },
  } as WhyFinding
  return evidence(finding)[1]
}
const DIFFERENCE = 'difference 10.0 to 30.0 points'

test.each([
  ['in the first part of a window', some(2, 0, 20), 0, 'none since 12:19:36 UTC'],
  ['in the last part', some(2, 24, 60), 0, 'since 12:24:00 UTC'],
  ['in the middle', some(2, 20, 40), 0, 'only 12:20:00 to 12:39:36 UTC'],
  ['in the last part, and in the baseline too', some(2, 24, 60), 0.02, 'mostly since 12:24:00 UTC'],
  ['everywhere', some(3, 0, 60), 0, DIFFERENCE],
  ['too few to tell', some(20, 10, 50), 0, DIFFERENCE],
])('says when errors were: %s', (_, errors, before, words) => {
  const seen = seenOf(errors, hour, before === 0)
  expect(said(seen)).toContain(words)
  expect(seen!.first).toBe([...errors][0]!.start)
})

test.each([
  [some(2, 0, 20), 'none since 2026-01-02 12:19:36 UTC', 0],
  [some(2, 24, 60), 'since 2026-01-02 12:24:00 UTC', 0],
  [some(2, 20, 40), 'only 2026-01-02 12:20:00 to 12:39:36 UTC', 0],
  [some(2, 20, 40), 'only 2026-01-02 23:50:00 to 2026-01-03 00:09:36 UTC', 690],
])('names days in a window of several: %#', (errors, words, later) => {
  expect(said(seenOf(errors, hour, true), true, NOON + later * MINUTE)).toBe(words)
})

test('slow requests may begin within the window, and last', () => {
  const slow = some(1, 20, 60)
  expect(burstOf(hour, (one) => slow.has(one))).toMatchObject({
    from: 20 * MINUTE,
    slow: 200,
    isOpen: true,
  })
  const all = some(2, 0, 60)
  expect(burstOf(hour, (one) => all.has(one))).toBeUndefined()
})
