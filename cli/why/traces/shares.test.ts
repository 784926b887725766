/** Shares of the rise in failing requests. */
import { expect, test } from 'vitest'
import { analyse } from '../analyse.ts'
import { evidence, explained } from '../evidence.ts'
import { type Faults, LINES, makeTraces, OPERATIONS, randomFrom } from '../fixture.ts'
import { shownFindings } from '../report.ts'

test.each<[string, Faults, Faults]>([
  ['one error', {}, { failing: 3 }],
  ['two errors of one operation', {}, { failing: 3, expired: 4 }],
  ['an error that a few requests had before', { expired: 9 }, { failing: 3, expired: 9 }],
  ['calls that do not arrive', {}, { refused: 3 }],
])('shares and the unexplained part of a rise in failures add up: %s', (_, before, after) => {
  const random = randomFrom(31)
  const rows = [...makeTraces(400, false, random, before), ...makeTraces(400, true, random, after)]
  const { findings, unexplained, changed } = analyse({ rows, operations: OPERATIONS, lines: LINES })
  const shares = findings.flatMap(({ share }) => share ?? [])
  expect(shares.reduce((sum, share) => sum + share, unexplained!)).toBeCloseTo(1, 9)
  expect(unexplained).toBeLessThan(0.1)
  expect(evidence(findings[0]!)[0]).toMatch(/^(all|[1-9]\d*%) of the rise in failing requests$/)
  expect(explained(shownFindings(findings), changed).join()).toContain(
    'the rise in failing requests',
  )
})
