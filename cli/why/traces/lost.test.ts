/** Traces that lose spans in the window. */
import { expect, test } from 'vitest'
import { analyse } from '../analyse.ts'
import type { Changed } from '../changed.ts'
import { LINES, type MadeTrace, makeTraces, OPERATIONS, randomFrom } from '../fixture.ts'
import { changedLines, nothing } from '../words/changes.ts'

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

function compare(faults = {}, change = (row: MadeTrace) => row) {
  const random = randomFrom(29)
  const before = makeTraces(400, false, random)
  const after = makeTraces(400, true, random, faults).map((row) => change(dropped(row, random)))
  return analyse({ rows: [...before, ...after], operations: OPERATIONS, lines: LINES })
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

test('where nothing is lost, nothing is said of it', () => {
  const random = randomFrom(31)
  const rows = [...makeTraces(100, false, random), ...makeTraces(100, true, random)]
  expect(analyse({ rows, operations: OPERATIONS, lines: LINES }).changed.orphaned).toBeUndefined()
})

test('of a root that is stored twice as well', () => {
  const twice = (row: MadeTrace) => picked(row, [...row.ids.keys(), ...Array(9).fill(0)])
  expect(compare({}, twice).changed.orphaned).toEqual(compare().changed.orphaned)
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
