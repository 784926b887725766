/** Counters of the collector as the doctor's findings. */
import { expect, test } from 'vitest'
import { collectorChecks } from './collector.ts'

const calm = { signal: 'traces', stored: 0, waiting: 0, quarantined: 0, lagMs: 0 }

test('a calm collector is one line', () => {
  const checks = collectorChecks({
    rejected: {},
    brokenParts: 0,
    damagedParts: [],
    lost: [],
    overdue: [],
    signals: [calm],
  })
  expect(checks.map(({ state }) => state)).toEqual(['ok'])
})

test('refused, quarantined, failing and stuck rows and broken parts are warnings', () => {
  const checks = collectorChecks({
    rejected: { 'HTTP 415': 2, 'HTTP 503': 7 },
    brokenParts: 3,
    damagedParts: ['store/abc/x/20261126_1_1_0'],
    lost: ['otel_logs'],
    overdue: [{ id: 'deaf', seconds: 9, statement: 'SELECT 1' }],
    signals: [
      { ...calm, quarantined: 1, failure: 'MEMORY_LIMIT_EXCEEDED' },
      { ...calm, signal: 'logs', waiting: 5, lost: 2, lagMs: 120_000 },
    ],
  })
  expect(checks.map(({ state, found }) => [state, found])).toEqual([
    ['warning', 'files of otel_logs had been deleted before the start'],
    ['warning', '1 file of traces could not be stored'],
    ['warning', 'storing traces fails: MEMORY_LIMIT_EXCEEDED'],
    ['warning', '2 rows of logs lost: their spool files were removed before they were stored'],
    ['warning', '5 rows of logs waiting to be stored'],
    ['warning', '3 broken parts are detached: their rows are missing'],
    ['warning', 'a part is damaged, and statements that read it fail: store/abc/x/20261126_1_1_0'],
    ['warning', 'statement deaf ignores its limits for 9 s: SELECT 1'],
    ['warning', 'requests refused: HTTP 415 ×2, HTTP 503 ×7'],
  ])
})
