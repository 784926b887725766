/** Counts and samples of one check, read from the store. */
import type { SpanCounts } from '../../gate/evaluate/expect.ts'
import type { Expectation } from '../../gate/file/expectation.ts'
import type { SpansSource } from '../../query/compose/source.ts'
import { builtInQuery, queryRows } from '../run.ts'
import type { Session } from '../session.ts'
import type { Operations } from './names.ts'

/** Fine time bins, merged into 20 slices of about equal count. */
const BINS = 2000n

/** Durations per side beyond which tests get slower but not better. */
const MOST_TRACES = 20_000

/** @returns counts for the duration expectations, in their order */
export async function readCounts(
  session: Session,
  source: SpansSource,
  durations: (Expectation & { test: 'duration' })[],
  { first, last }: Operations,
): Promise<SpanCounts> {
  const given = {
    start: String(first),
    step: String((last - first) / BINS + 1n),
    // `<` exceeds from the limit on, `<=` above it. An empty array has no type.
    limits: [
      ...durations.map(({ limit, orEqual }) => String(Math.round(limit) + Number(orEqual))),
      '0',
    ],
    levels: [...durations.map(({ quantile }) => String(quantile)), '0.5'],
  }
  const [row] = await queryRows(session, builtInQuery('internal/gate/counts.sql', given, source))
  if (!row || Number(row.spans) === 0) {
    return { calls: 0, squares: 0, spans: 0, errors: 0, bins: [], over: [], quantiles: [] }
  }
  const numbers = (cell: unknown) => (cell as unknown[]).map(Number)
  const over = row.bins_over as unknown[]
  return {
    calls: Number(row.calls),
    squares: Number(row.squares),
    spans: Number(row.spans),
    errors: Number(row.errors),
    over: numbers(row.over),
    quantiles: numbers(row.quantiles),
    bins: (row.bins as unknown[]).map((bin, i) => {
      const [calls = 0, errors = 0] = numbers(bin)
      return { calls, errors, over: numbers(over[i]) }
    }),
  }
}

/** One span of a trace. */
export interface Drawn {
  took: number
  /** Nanoseconds since 1970. */
  at: number
  /** Of `otrace run --ab`. */
  side?: unknown
  block?: unknown
}

/** One span per trace, in order of time; large windows are sampled by trace id. */
export async function readSample(
  session: Session,
  source: SpansSource,
  ab = false,
): Promise<Drawn[]> {
  const [counted] = await queryRows(session, builtInQuery('internal/gate/traces.sql', {}, source))
  const one_in = Math.max(1, Math.floor(Number(counted?.traces ?? 0) / MOST_TRACES))
  // Resource attributes of every span are much to read.
  const file = `internal/gate/${ab ? 'sample-ab' : 'sample'}.sql`
  const rows = await queryRows(session, builtInQuery(file, { one_in }, source))
  return rows.map((row) => ({ ...row, took: Number(row.took), at: Number(row.at) }))
}
