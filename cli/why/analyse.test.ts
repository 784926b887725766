/** Tests of the comparison: planted faults are found first, and chance is not claimed. */
import { expect, test } from 'vitest'
import { analyse } from './analyse.ts'
import { shareOf } from './finding.ts'
import { COMMANDS, type Faults, LINES, makeTraces, OPERATIONS, randomFrom } from './fixture.ts'
import { nextCommand } from './report.ts'
import { buildTree } from './tree.ts'
import { changedLines, nothing } from './words/changes.ts'

/** The findings between windows of `before` and `after` requests, the second with faults. */
function compare(
  faults: Faults,
  { before = 400, after = 400, seed = 1, usual = {} as Faults } = {},
) {
  const random = randomFrom(seed * 7919)
  const rows = [
    ...makeTraces(before, false, random, usual),
    ...makeTraces(after, true, random, faults),
  ]
  return analyse({ rows, operations: OPERATIONS, lines: LINES })
}

const first = (faults: Faults, seed = 1) => {
  const [finding] = compare(faults, { seed }).findings
  return finding && `${finding.kind}: ${finding.service} ${finding.name}`.trim()
}

test('self times on the critical path add up to the duration of the root', () => {
  const random = randomFrom(3)
  for (const row of makeTraces(200, true, random, { selects: 3 })) {
    const nodes = buildTree(row, OPERATIONS)
    const sum = nodes.reduce((total, { path }) => total + path, 0)
    expect(sum).toBe(nodes[0]!.duration)
  }
})

test('they add up in any tree: overlapping, outliving, instantaneous and repeated spans', () => {
  const random = randomFrom(11)
  const below = (most: number) => Math.floor(random() * most)
  for (let i = 0; i < 300; i++) {
    const count = 1 + below(40)
    const numbers = (of: (at: number) => number) => Array.from({ length: count }, (_, at) => of(at))
    const row = {
      ...{ id: 't', after: true, lines: [], ids: numbers((at) => (at % 13 === 12 ? at : at + 1)) },
      parents: numbers((at) => (at === 0 ? 0 : 1 + below(at))),
      operations: numbers(() => below(OPERATIONS.length)),
      // Times of hours in ns, which a double holds.
      starts: numbers((at) => 1e13 + (at === 0 ? 0 : below(100))),
      durations: numbers((at) => (at === 0 ? 100 : below(80))),
      flags: numbers(() => 0),
    }
    const nodes = buildTree(row, OPERATIONS)
    // A repeated span leaves the next id without a span: its children are roots, too.
    const roots = nodes.filter(({ parent }) => !parent)
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
    expect(sum(nodes.map(({ path }) => path))).toBe(sum(roots.map(({ duration }) => duration)))
    expect(roots.map(({ whole }) => whole)).toEqual(roots.map(({ duration }) => duration))
    expect(nodes.filter(({ path }) => path < 0)).toEqual([])
  }
})

test.each<[string, Faults]>([
  ['one fault', { slowSelect: 8 }],
  ['two faults', { waiting: 40, selects: 16 }],
  ['a service', { paymentTimes: 5, waiting: 8 }],
  ['another mix', { purchases: 0.9, slowFourth: 40 }],
  ['a busy machine', { allTimes: 2, slowSelect: 60 }],
])('shares of the findings and the unexplained part add up: %s', (_, faults) => {
  const { findings, unexplained, rose } = compare(faults)
  const shares = findings.flatMap((one) => (shareOf(one) === rose ? one.share! : []))
  expect(shares.length).toBeGreaterThan(0)
  expect(shares.reduce((sum, share) => sum + share, unexplained!)).toBeCloseTo(1, 9)
})

test('a rise that may be chance has no shares', () => {
  const { changed, findings, unexplained } = compare({ selects: 3, purchases: 0.98 })
  expect(findings[0]).toMatchObject({ kind: 'more calls', name: 'SELECT products' })
  expect(changed.meanDifference[0]).toBeGreaterThan(0)
  expect(unexplained).toBeDefined()
  const rare = compare({ selects: 3, purchases: 0.97 }, { usual: { purchases: 0.99 } })
  expect(rare.changed.meanDifference[0]).toBeLessThan(0)
  expect(rare.unexplained).toBeUndefined()
  expect(rare.findings.filter(({ share }) => share !== undefined)).toEqual([])
})

test('overlapping siblings share their time, and outliving children are cut', () => {
  const row = {
    id: 't',
    after: true,
    ids: [1, 2, 3],
    parents: [0, 1, 1],
    operations: [0, 2, 3],
    starts: [0, 10, 20],
    durations: [100, 50, 200],
    flags: [0, 0, 0],
    lines: [],
  }
  expect(buildTree(row, OPERATIONS).map(({ path }) => path)).toEqual([10, 50, 40])
})

test('a cycle of parents and a span that is its own parent do not hang', () => {
  const row = {
    id: 't',
    after: true,
    ids: [1, 2, 3],
    parents: [2, 1, 3],
    operations: [0, 2, 3],
    starts: [0, 0, 0],
    durations: [1, 1, 1],
    flags: [0, 0, 0],
    lines: [],
  }
  expect(buildTree(row, OPERATIONS)).toHaveLength(1)
})

test.each<[string, Faults, string]>([
  ['a slow statement', { slowSelect: 8 }, 'slower: shop SELECT products'],
  ['time between services', { waiting: 40 }, 'waiting between: payment charge'],
  ['a statement in a loop', { selects: 16 }, 'more calls: shop SELECT products'],
  ['an error of the deepest service', { failing: 3 }, 'errors begin here: payment charge'],
  ['a service that calls do not reach', { refused: 3 }, 'unreachable: payment'],
  ['an early return', { early: 2 }, 'no longer called: shop list'],
  ['a service short of processor', { paymentTimes: 5, waiting: 8 }, 'slower throughout: payment'],
])('%s is found first', (_, faults, expected) => {
  for (const seed of [1, 2, 3]) expect(first(faults, seed)).toBe(expected)
})

test('of several errors of an operation, the one that is new is named', () => {
  const windows = { usual: { failing: 11 }, before: 2000, after: 2000 }
  const [found] = compare({ failing: 11, expired: 13 }, windows).findings
  expect(found).toMatchObject({ service: 'payment', name: 'charge', certain: true })
  expect(found?.detail).toBe('card expired')
})

test('two faults at once are both among the first three', () => {
  const found = compare({ slowSelect: 8, failing: 3 }).findings.slice(0, 3)
  const names = found.map(({ service, name }) => `${service} ${name}`)
  expect(names).toContain('shop SELECT products')
  expect(names).toContain('payment charge')
})

test.each<[string, Faults, { before?: number; after?: number }]>([
  ['equal windows', {}, {}],
  ['twice the traffic', {}, { before: 200, after: 400 }],
  ['another mix of requests', { purchases: 0.8 }, {}],
  ['few requests', { slowSelect: 1 }, { before: 4, after: 4 }],
  ['no requests before', {}, { before: 0 }],
])('%s: nothing is claimed', (_, faults, sizes) => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const { findings } = compare(faults, { ...sizes, seed })
    expect(findings.map(({ kind, name }) => `${kind} ${name}`)).toEqual([])
  }
})

/** What the report says about the change itself. */
function said(before: Faults, after: Faults, size = 400) {
  const { changed } = compare(after, { usual: before, before: size, after: size })
  return [...changedLines(changed, ['1m', '1m']), nothing(changed)].join('\n')
}

test('a type of request that only one window has is new or gone', () => {
  const text = said({ purchases: 0 }, { purchases: 1, failing: 4 })
  expect(text).toMatch(/^new {7}buy \(shop\)$/m)
  expect(text).toMatch(/^gone {6}list \(shop\)$/m)
  // The new type alone fails, so no type has two shares to compare.
  expect(text).toContain('More requests fail overall')
  expect(text).not.toMatch(/No type|No significant/)
})

test('types of request that are new or gone are named without failures too', () => {
  const text = said({ purchases: 0 }, { purchases: 0.5 })
  expect(text).toMatch(/^new {7}buy \(shop\)$/m)
  expect(text).not.toMatch(/^gone/m)
  expect(text).not.toMatch(/No type of request changed|No significant/)
})

test('a fall of failures is named, and is not called unchanged', () => {
  const text = said({ failing: 3 }, {})
  expect(text).toContain('Fewer requests fail.')
  expect(text).not.toMatch(/No type|No significant/)
})

test('failures that only error logs show say so', () => {
  const random = randomFrom(9)
  const rows = [
    ...makeTraces(200, false, random),
    ...makeTraces(200, true, random, { failing: 3 }),
  ].map((row) => ({ ...row, flags: row.flags.map(() => 0) }))
  const { changed } = analyse({ rows, operations: OPERATIONS, lines: LINES })
  const failing = /^failing {3}0% → [\d.]+% \(error logs\) {2}\(difference \+/m
  expect(changedLines(changed, ['1m', '1m']).join('\n')).toMatch(failing)
  expect(said({}, { failing: 3 })).not.toContain('error logs')
})

test('one request of another type is neither new nor gone', () => {
  const random = randomFrom(5)
  const rows = [
    ...makeTraces(200, false, random, { purchases: 0 }),
    ...makeTraces(200, true, random, { purchases: 0 }),
    ...makeTraces(1, true, random, { purchases: 1 }),
  ]
  const { changed } = analyse({ rows, operations: OPERATIONS, lines: LINES })
  expect(changed.newTypes).toEqual([])
  expect(nothing(changed)).toBe('No significant change in 401 requests.')
})

test('an id that begins with zeros is not cut', () => {
  const [finding] = compare({ slowSelect: 8 }).findings
  const id = `${'0'.repeat(16)}1234567890abcdef`
  expect(nextCommand(COMMANDS, { ...finding!, traces: [id] })).toBe(`trace ${id}`)
})

test('the shares and the unexplained part add up, with little of it where nothing becomes faster', () => {
  const random = randomFrom(29)
  const some = (of: readonly number[]) => of[Math.floor(random() * of.length)]!
  for (let seed = 1; seed <= 14; seed++) {
    // One type of request: its share would change by chance, too.
    const usual = { purchases: seed % 2 }
    const faults = {
      ...usual,
      retried: some([0, 1, 2, 3]),
      selects: some([1, 1, 4, 16]),
      slowSelect: some([0, 0, 8]),
      slowFourth: some([0, 0, 40]),
      waiting: some([0, 0, 20]),
      paymentTimes: some([1, 1, 5]),
    }
    const options = { before: 200, after: 200, seed, usual }
    const { findings, rose, ...rest } = compare(faults, options)
    const left = {
      duration: rose === 'duration' && rest.unexplained,
      failing: rest.unexplainedFailing,
    }
    for (const rise of ['duration', 'failing'] as const) {
      const shares = findings.flatMap((one) => (shareOf(one) === rise ? one.share! : []))
      if (shares.length === 0) continue
      const said = `${rise}: ${JSON.stringify(faults)}`
      const sum = shares.reduce((all, share) => all + share, Number(left[rise]))
      expect(Math.abs(Number(left[rise])), said).toBeLessThan(0.1)
      expect(sum, said).toBeCloseTo(1, 9)
    }
  }
})
