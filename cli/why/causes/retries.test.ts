/** Errors below slower operations: which comes first. */
import { expect, test } from 'vitest'
import { cpuTime } from '../../../test/cpu.ts'
import type { WhyFinding } from '../finding.ts'
import type { Operation, TraceRow } from '../tree.ts'
import { withErrorsFirst } from './retries.ts'

const OPERATIONS: Operation[] = ['call', 'query'].map((name) => ({ service: 'shop', name }))

const finding = (kind: WhyFinding['kind'], name: string, score: number): WhyFinding => ({
  ...{ kind, service: 'shop', name, before: 1, after: 20, unit: 'ns', interval: [1, 2] },
  ...{ count: 300, spans: [300, 300], traces: [], score, certain: true },
})

test('a chain of two hundred thousand failing calls takes less than ten seconds of CPU time, not minutes', () => {
  const at = Array.from({ length: 200_000 }, (_, i) => i)
  const chain: TraceRow = {
    ...{ id: '1', after: true, lines: [], flags: at.map(() => 1) },
    ids: at.map((i) => i + 1),
    parents: at,
    operations: at.map((i) => i % 2),
    starts: at,
    durations: at.map((i) => 2 * at.length - i),
  }
  const findings = [finding('slower', 'call', 0.5), finding('errors begin here', 'query', 0.4)]
  const spent = cpuTime()
  const ordered = withErrorsFirst(findings, [chain], { operations: OPERATIONS, lines: [] })
  expect(ordered.map(({ kind }) => kind)).toEqual(['slower', 'errors begin here'])
  expect(spent()).toBeLessThan(10_000)
})
