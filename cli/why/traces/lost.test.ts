/** Traces that lose spans in the window. */
import { expect, test } from 'vitest'
import { analyse } from '../analyse.ts'
import { addCalls, emptyCalls } from '../calls.ts'
import type { Changed } from '../changed.ts'
import { emptyErrors } from '../errors.ts'
import {
  type Faults,
  LINES,
  type MadeTrace,
  makeTraces,
  OPERATIONS,
  randomFrom,
} from '../fixture.ts'
import { buildTree } from '../tree.ts'
import { changedLines, nothing } from '../words/changes.ts'
import { evidence } from '../words/evidence.ts'
import { keptOf } from './lost.ts'

/** The same trace without a fifth of the spans below its root. */
const dropped = (row: MadeTrace, random: () => number) =>
  picked(
    row,
    row.ids.flatMap((_, i) => (row.parents[i] === 0 || random() > 0.2 ? i : [])),
  )

/** The spans of a trace in these places, which may repeat. */
function picked(row: MadeTrace, places: readonly number[]): MadeTrace {
  const of = (values: readonly number[]) => places.map((i) => values[i]!)
  const { ids, parents, operations, starts, durations, flags } = row
  return {
    ...{ ...row, ids: of(ids), parents: of(parents), operations: of(operations) },
    ...{ starts: of(starts), durations: of(durations), flags: of(flags) },
  }
}

/** Error lines that each caller has too, as where all of them record what was thrown. */
function withRepeatedLines(row: MadeTrace): MadeTrace {
  const parentOf = (span: number) => row.parents[row.ids.indexOf(span)]!
  const lines = [...row.lines]
  for (const [span, line] of row.lines)
    if (LINES[line]!.isError)
      for (let up = parentOf(span); up !== 0; up = parentOf(up)) lines.push([up, line])
  return { ...row, lines }
}

const same = (row: MadeTrace) => row

/** @param written changes all traces, @param stored those of the window, after spans are lost */
function compare({
  usual = {},
  written = same,
  stored = same,
  chosen = false,
  ...faults
}: Made = {}) {
  const random = randomFrom(29)
  const before = makeTraces(400, false, random, usual).map(written)
  const made = makeTraces(400, true, random, faults).map(written)
  const after = made.map((row) => stored(dropped(row, random)))
  return analyse({ rows: [...before, ...after], operations: OPERATIONS, lines: LINES, chosen })
}

interface Made extends Faults {
  usual?: Faults
  written?: (row: MadeTrace) => MadeTrace
  stored?: (row: MadeTrace) => MadeTrace
  chosen?: boolean
}

test('lost spans are said, and are not calls that stopped', () => {
  const { changed, findings } = compare()
  expect(findings.filter(({ certain }) => certain)).toEqual([])
  expect(changed).toMatchObject({ newTypes: [], goneTypes: [], orphaned: [0, expect.any(Number)] })
  expect(changedLines(changed, ['1h', '1h']).find((line) => line.startsWith('lost'))).toMatch(
    /^lost {6}spans of \d+ of 400 requests lack their parent, and of 0 in the baseline: calls may seem to stop; see otrace doctor$/,
  )
})

test('and are a change', () => {
  const { changed } = compare()
  const unfailing = { ...changed, certain: false, failing: undefined, slowest: undefined }
  expect(nothing(unfailing as Changed)).toBe(
    'Spans are lost; no other significant change in 800 requests.',
  )
})

test('errors are found among them', () => {
  const [first] = compare({ failing: 4 }).findings.filter(({ certain }) => certain)
  expect(first).toMatchObject({ service: 'payment', name: 'charge' })
})

test('a service that calls reach is not unreachable, and nothing begins where a span is missing', () => {
  const { findings } = compare({ failing: 1 })
  expect(findings.map(({ kind }) => kind)).not.toContain('unreachable')
  const certain = findings.filter((one) => one.certain)
  expect(certain.map(({ service, name }) => `${service} ${name}`)).toEqual(['payment charge'])
})

test('an error that callers repeat does not begin in them where its span is lost', () => {
  const faults = { failing: 3, usual: { failing: 3 }, written: withRepeatedLines }
  expect(compare(faults).findings.filter(({ certain }) => certain)).toEqual([])
})

test('spans that never call are certainly slower, others may come from lost spans', () => {
  const { findings } = compare({ slowSelect: 40 })
  const certain = findings.filter((one) => one.certain)
  expect(certain.map(({ kind, name }) => `${kind}: ${name}`)).toEqual(['slower: SELECT products'])
  const other = findings.find(({ orLost }) => orLost)!
  expect(evidence(other).at(-1)).toBe('may come from spans that are lost')
})

test('a client span that does nothing but call is not one that never calls', () => {
  const calls = emptyCalls()
  for (const row of makeTraces(20, true, randomFrom(41)))
    addCalls(calls, buildTree(row, OPERATIONS), { trace: row.id, side: 1, type: '', duration: 1 })
  const { leaves } = keptOf(calls, emptyErrors(), { operations: OPERATIONS, lines: LINES })
  expect([...leaves].sort()).toEqual([
    '["payment","INSERT payments"]',
    '["shop","SELECT products"]',
  ])
})

test('chosen requests are not after others', () => {
  expect(compare({ chosen: true }).changed.orphaned).toBeUndefined()
})

test('where nothing is lost, nothing is said of it', () => {
  const random = randomFrom(31)
  const rows = [...makeTraces(100, false, random), ...makeTraces(100, true, random)]
  expect(analyse({ rows, operations: OPERATIONS, lines: LINES }).changed.orphaned).toBeUndefined()
})

test('of a root that is stored twice as well', () => {
  const twice = (row: MadeTrace) => picked(row, [...row.ids.keys(), ...Array(9).fill(0)])
  expect(compare({ stored: twice }).changed.orphaned).toEqual(compare().changed.orphaned)
})

test('entries of a service whose callers are never stored are not lost spans', () => {
  const random = randomFrom(37)
  const ofPayment = (row: MadeTrace) =>
    picked(
      row,
      [...row.ids.keys()].filter((i) => OPERATIONS[row.operations[i]!]!.service === 'payment'),
    )
  const twice = makeTraces(400, true, random, { checked: true, paymentTimes: 12 })
  const rows = [...makeTraces(400, false, random), ...twice].map(ofPayment)
  const stored = rows.filter(({ ids }) => ids.length > 0)
  const { changed, findings } = analyse({ rows: stored, operations: OPERATIONS, lines: LINES })
  expect(changed.orphaned).toBeUndefined()
  expect(findings[0]).toMatchObject({ service: 'payment', certain: true })
})
