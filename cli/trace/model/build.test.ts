/** Invariants of random traces, broken ones included. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { row } from '../../../test/golden/trace/traces.ts'
import { outline } from '../waterfall/outline.ts'
import { buildTrace } from './build.ts'
import type { SpanRow } from './span-row.ts'
import type { Span, Trace } from './trace.ts'

const IDS = ['', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'lost', 'gone']

/** Few ids, names and times, so that loops, duplicates, shared ids, missing parents and ties all come up. */
const spanRow = fc
  .record({
    id: fc.constantFrom(...IDS.slice(0, 9)),
    parent: fc.constantFrom(...IDS),
    name: fc.constantFrom('read', 'write'),
    service: fc.constantFrom('web', 'shop'),
    kind: fc.constantFrom('client', 'server', 'internal'),
    at: fc.integer({ min: -20, max: 40 }),
    took: fc.integer({ min: 0, max: 60 }),
    is_error: fc.boolean(),
    db_system: fc.constantFrom('', 'sqlite'),
  })
  .map(({ id, parent, name, ...rest }) => row(id, parent, name, rest))

const spanRows = fc.array(spanRow, { minLength: 1, maxLength: 40 })
const RUNS = { numRuns: process.env.OTRACE_LONG ? 10_000 : 150 }

/** Everything about a trace but identity of objects. */
function described(trace: Trace) {
  return {
    ...trace,
    services: [...trace.services],
    spans: trace.spans.map((span) => ({ ...span, ...ids(span) })),
    roots: trace.roots.map(({ order }) => order),
    missing: trace.missing.map(({ id, children }) => [id, children.map(({ order }) => order)]),
    main: trace.main.order,
    repeats: trace.repeats.map(({ spans }) => spans.map(({ order }) => order)),
    critical: trace.critical.map(({ span, from, to }) => [span.order, from, to]),
  }
}

function ids({ parent, children }: Span) {
  return { parent: parent?.order, children: children.map(({ order }) => order) }
}

test('every stored span appears exactly once, or counts as a duplicate or an older version', () => {
  fc.assert(
    fc.property(spanRows, (rows) => {
      const { spans, duplicates } = buildTrace(rows)
      expect(spans.length + duplicates.rows + duplicates.versions).toBe(rows.length)
      expect(new Set(spans).size).toBe(spans.length)
      const kept = new Set(spans.map(({ row }) => JSON.stringify(row)))
      const key = ({ span_id, service, name, kind, parent_id, time }: SpanRow) =>
        span_id && [span_id, service, name, kind, parent_id, time].join()
      for (const one of rows) {
        const newer = spans.some(
          ({ row }) => key(row) !== '' && key(row) === key(one) && row.duration > one.duration,
        )
        expect(kept.has(JSON.stringify(one))).toBe(!newer)
      }
    }),
    RUNS,
  )
})

test('every span is on exactly one line, folded or not', () => {
  fc.assert(
    fc.property(spanRows, fc.boolean(), (rows, fold) => {
      const trace = buildTrace(rows)
      const { lines } = outline(trace, { fold })
      const shown = lines.flatMap((line) => (line.kind === 'spans' ? line.spans : []))
      expect(shown.length).toBe(trace.spans.length)
      expect(new Set(shown)).toEqual(new Set(trace.spans))
    }),
    RUNS,
  )
})

test('spans that --depth leaves out are counted', () => {
  fc.assert(
    fc.property(spanRows, fc.integer({ min: 1, max: 4 }), (rows, depth) => {
      const trace = buildTrace(rows)
      const { lines } = outline(trace, { fold: true, depth })
      const counted = lines.reduce(
        (sum, line) => sum + (line.kind === 'spans' ? line.spans.length + line.hidden : 0),
        0,
      )
      expect(counted).toBe(trace.spans.length)
    }),
    RUNS,
  )
})

test('self time is the part of a span in which no child runs', () => {
  fc.assert(
    fc.property(spanRows, (rows) => {
      for (const span of buildTrace(rows, { fixSkew: true }).spans) {
        let alone = 0
        for (let ns = span.start; ns < span.end; ns++) {
          if (!span.children.some(({ start, end }) => start <= ns && ns < end)) alone++
        }
        expect(span.self).toBe(alone)
      }
    }),
    RUNS,
  )
})

test('the critical path is a partition of the root, and no span has more of it than its self time', () => {
  fc.assert(
    fc.property(spanRows, (rows) => {
      const { critical, main, spans, pathDuration } = buildTrace(rows, { fixSkew: true })
      const orphaned = main.place === 'orphan'
      let until = orphaned ? 0 : main.start
      for (const { span, from, to } of critical) {
        if (orphaned) expect(from).toBeGreaterThanOrEqual(until)
        else expect(from).toBe(until)
        expect(from).toBeGreaterThanOrEqual(span.start)
        expect(to).toBeLessThanOrEqual(span.end)
        expect(to).toBeGreaterThan(from)
        until = to
      }
      if (!orphaned) expect(until).toBe(main.end)
      const covered = critical.reduce((sum, { from, to }) => sum + to - from, 0)
      expect(pathDuration).toBe(orphaned ? covered : main.duration)
      for (const span of spans) {
        const own = critical.filter((one) => one.span === span)
        expect(span.critical).toBe(own.reduce((sum, { from, to }) => sum + to - from, 0))
        expect(span.critical).toBeLessThanOrEqual(span.self)
      }
    }),
    RUNS,
  )
})

test('the critical path is the same with clocks that differ, each stretch of it within its span as stored', () => {
  fc.assert(
    fc.property(spanRows, (rows) => {
      const fixed = buildTrace(rows, { fixSkew: true })
      const { critical, main } = buildTrace(rows)
      const described = (trace: Trace) =>
        trace.critical.map(({ span, from, to }) => [span.row, from - span.start, to - from])
      expect(described({ ...fixed, critical })).toEqual(described(fixed))
      for (const { span, from, to } of critical) {
        expect(from).toBeGreaterThanOrEqual(span.start)
        expect(to).toBeLessThanOrEqual(span.end)
      }
      if (main.place === 'orphan') return
      expect(critical.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(main.duration)
    }),
    RUNS,
  )
})

/** Children within their parents, each described by its parent's index and its shares of the parent's time. */
const nested = fc
  .array(fc.record({ up: fc.nat(), from: fc.nat(90), share: fc.nat(100) }), { maxLength: 30 })
  .map((spans) => {
    const rows = [row('0', '', 'root', { at: 0, took: 1e9 })]
    const times = [{ at: 0, took: 1e9 }]
    for (const [i, { up, from, share }] of spans.entries()) {
      const parent = up % times.length
      const { at, took } = times[parent]!
      const start = at + Math.floor((took * from) / 100)
      const one = { at: start, took: Math.floor(((at + took - start) * share) / 100) }
      times.push(one)
      rows.push(row(String(i + 1), String(parent), `span ${i}`, one))
    }
    return rows
  })

test('when every child runs within its parent, the critical path is as long as the trace', () => {
  fc.assert(
    fc.property(nested, (rows) => {
      const { critical, duration, complete } = buildTrace(rows)
      expect(complete).toBe(true)
      expect(critical.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(duration)
    }),
    RUNS,
  )
})

test('a trace does not depend on the order of its rows', () => {
  fc.assert(
    fc.property(
      spanRows.chain((rows) => fc.tuple(fc.constant(rows), shuffled(rows))),
      fc.boolean(),
      ([rows, other], fixSkew) => {
        const now = '2026-11-22T15:31:00.000000000Z'
        expect(described(buildTrace(other, { fixSkew, now }))).toEqual(
          described(buildTrace(rows, { fixSkew, now })),
        )
      },
    ),
    RUNS,
  )
})

test('--skew fix leaves no span before a parent on another host', () => {
  fc.assert(
    fc.property(spanRows, (rows) => {
      for (const { row, parent, start } of buildTrace(rows, { fixSkew: true }).spans) {
        if (parent && parent.row.service !== row.service) {
          expect(start).toBeGreaterThanOrEqual(parent.start)
        }
      }
    }),
    RUNS,
  )
})

test('a chain of 30,000 spans needs no stack', () => {
  const rows = Array.from({ length: 30_000 }, (_, i) => ({
    ...row('x', '', 'step', { at: i, took: 200_000 - 2 * i }),
    span_id: String(i),
    parent_id: i === 0 ? '' : String(i - 1),
  }))
  const trace = buildTrace(rows.reverse())
  expect(trace.depth).toBe(30_000)
  expect(trace.spans[29_999]!.critical).toBe(trace.spans[29_999]!.duration)
  expect(outline(trace, { fold: true }).lines).toHaveLength(30_000)
})

function shuffled(rows: SpanRow[]) {
  return fc.shuffledSubarray(rows, { minLength: rows.length, maxLength: rows.length })
}
