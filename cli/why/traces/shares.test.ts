/** Shares of the rise in failing requests. */
import { expect, test } from 'vitest'
import { type Analysis, analyse, failedTraces } from '../analyse.ts'
import { type Rise, shareOf, type WhyFinding } from '../finding.ts'
import { type Faults, LINES, makeTraces, OPERATIONS, randomFrom } from '../fixture.ts'
import { shownFindings } from '../report.ts'
import { chooseSides } from '../sides.ts'
import { FAILED, type TraceRow } from '../tree.ts'
import { evidence, explained } from '../words/evidence.ts'
import { failuresOf } from './failing.ts'
import { shareFailures } from './shares.ts'

test.each<[string, Faults, Faults]>([
  ['one error', {}, { failing: 3 }],
  ['two errors of one operation', {}, { failing: 3, expired: 4 }],
  ['an error that a few requests had before', { expired: 9 }, { failing: 3, expired: 9 }],
  ['calls that do not arrive', {}, { refused: 3 }],
])('shares and the unexplained part of a rise in failures add up: %s', (_, before, after) => {
  const random = randomFrom(31)
  const rows = [...makeTraces(400, false, random, before), ...makeTraces(400, true, random, after)]
  const analysis = analyse({ rows, operations: OPERATIONS, lines: LINES })
  const { findings, unexplained } = analysis
  const shares = findings.flatMap(({ share }) => share ?? [])
  expect(shares.reduce((sum, share) => sum + share, unexplained!)).toBeCloseTo(1, 9)
  expect(unexplained).toBeLessThan(0.1)
  expect(evidence(findings[0]!)[0]).toMatch(/^(all|[1-9]\d*%) of the rise in failing requests$/)
  expect(explained(shownFindings(findings), analysis).join()).toContain(
    'the rise in failing requests',
  )
})

/** Findings between `count` requests each, and the sample. */
function found(before: Faults, after: Faults, count = 400) {
  const random = randomFrom(31)
  const rows = [
    ...makeTraces(count, false, random, before),
    ...makeTraces(count, true, random, after),
  ]
  const sample = { rows, operations: OPERATIONS, lines: LINES }
  return { ...sample, ...analyse(sample) }
}
const said = ({ kind, service, name }: WhyFinding) => `${kind} ${service} ${name}`.trim()

test('calls that do not arrive have no part of the other errors of their caller', () => {
  const parts = found({}, { refused: 3, broken: 4 }).findings.filter(({ share }) => share)
  // Of twelve requests three are broken, and three more refused.
  expect(parts.map((one) => [said(one), Math.round(10 * one.share!)])).toEqual([
    ['unreachable payment', 5],
    ['errors begin here shop SELECT products', 5],
  ])
})

test('where durations rise too, findings about errors have shares of the rise in failures', () => {
  const { findings, rose, unexplained, unexplainedFailing, changed } = found(
    {},
    { failing: 3, slowSelect: 12 },
  )
  const sharesOf = (rise: Rise) =>
    findings.filter((one) => shareOf(one) === rise).map(({ share }) => share!)
  const sum = (shares: number[], rest: number) => shares.reduce((all, one) => all + one, rest)
  expect(rose).toBe('duration')
  expect(sum(sharesOf('duration'), unexplained!)).toBeCloseTo(1, 9)
  expect(sum(sharesOf('failing'), unexplainedFailing!)).toBeCloseTo(1, 9)
  expect(Math.max(...sharesOf('failing'))).toBeGreaterThan(0.9)
  const error = findings.find(({ kind }) => kind === 'errors begin here')!
  expect(evidence(error)[0]).toBe('all of the rise in failing requests')
  const said = (some: Partial<Analysis>) =>
    explained(findings, { changed, rose: 'duration', unexplainedFailing: 0, ...some })[0]
  expect(said({})).toMatch(/^These explain all of the .* duration and of the .* failing requests/)
  const without = findings.filter((one) => one !== error)
  expect(explained(without, { changed, rose: 'duration', unexplainedFailing: 1 })[0]).toBe(
    'Left unexplained: none of the change in the mean duration, 100% of the rise in failing requests.',
  )
})

test('a finding without requests of its own has no share', () => {
  const { findings } = found({}, { broken: 3 })
  const [repeated] = findings.filter(({ kind }) => kind === 'new error')
  expect(repeated).not.toHaveProperty('share')
  expect(evidence(repeated!).join()).not.toContain('%')
})

test('nor one whose requests fail less often, though more of its spans do', () => {
  const { findings, unexplained } = found(
    { purchases: 0.8, broken: 20 },
    { purchases: 0.3, broken: 8, failing: 2 },
    1000,
  )
  expect(findings.map((one) => [said(one), one.share !== undefined])).toEqual([
    ['errors begin here payment charge', true],
    ['errors begin here shop SELECT products', false],
    ['new error shop buy', false],
  ])
  expect(unexplained).toBeLessThan(0)
})

test('an error line counts for the span that tells it, though one below fails without a line', () => {
  const { rows, changed, findings, ...names } = found({}, { broken: 3 })
  const lines = findings.filter(({ kind }) => kind === 'new error')
  const failed = failedTraces(rows, LINES)
  const requests = [...rows].map(({ after }) => ({
    ...{ side: after ? (1 as const) : (0 as const), start: 0, duration: 0, failed: true, type: '' },
  }))
  const failures = failuresOf(lines, rows, { ...names, failed, requests })
  expect(shareFailures(failures, changed)).toBeCloseTo(1, 9)
})

test.each([1, 2, 3])('failing requests against the rest: the error is first, seed %i', (seed) => {
  const made = makeTraces(600, true, randomFrom(seed * 7919), { retried: 4 })
  const names = { operations: OPERATIONS, lines: LINES }
  const rows = chooseSides(made, { errors: true }, names)
  const { findings, unexplained, rose } = analyse({ ...names, rows, byFailure: true })
  expect(findings[0]).toMatchObject({ service: 'payment', name: 'charge', certain: true })
  expect(findings[0]!.kind).toMatch(/error/)
  expect(findings.some(({ kind }) => kind === 'slower')).toBe(true)
  expect(rose).toBe('failing')
  const shares = findings.flatMap(({ share }) => share ?? [])
  expect(shares.reduce((sum, share) => sum + share, unexplained!)).toBeCloseTo(1, 9)
})

test('a failure of the caller counts for the span that ends early', () => {
  const random = randomFrom(31)
  const after = makeTraces(400, true, random, { early: 3 })
  // Both gateway spans of a list fail.
  for (const { operations, lines, flags } of after)
    if (operations[0] === 0 && lines.length === 0) flags.fill(FAILED, 0, 2)
  const rows = [...makeTraces(400, false, random), ...after]
  const { findings } = analyse({ rows, operations: OPERATIONS, lines: LINES })
  expect(findings[0]).toMatchObject({ name: 'list', ends: true, share: 1 })
})

test.each([
  ['fails before its first call is not of a new type', FAILED, []],
  [
    'no longer makes its calls is of a new type',
    0,
    [
      'GET /products (gateway) without calls of other services',
      'POST /buy (gateway) without calls of other services',
    ],
  ],
])('a request that %s', (_, flags, types) => {
  const random = randomFrom(31)
  const before = makeTraces(200, false, random)
  const after = makeTraces(200, true, random).map((row, i) => {
    const { ids, parents, operations, starts, durations } = row
    const cut = { ids, parents, operations, starts, durations }
    const alone = Object.fromEntries(
      Object.entries(cut).map(([key, own]) => [key, own.slice(0, 1)]),
    )
    return i % 3 > 0 ? row : { ...row, ...alone, flags: [flags], lines: [] }
  })
  const compare = (rows: TraceRow[]) => analyse({ rows, operations: OPERATIONS, lines: LINES })
  const { changed } = compare([...before, ...after])
  expect(changed.failing).toBe(flags ? 'rose' : undefined)
  expect(changed.newTypes.toSorted()).toEqual(types)
  const turned = [...before, ...after].map((row) => ({ ...row, after: !row.after }))
  expect(compare(turned).changed.goneTypes.toSorted()).toEqual(types)
})
