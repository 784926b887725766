/** Asks the server about two groups of spans at once. */

import type { ParamValue } from '../../query/compose/bound-query.ts'
import type { SpansSource } from '../../query/compose/source.ts'
import { dedupeOf, type Filters } from '../../query/filters.ts'
import type { Window } from '../../query/window.ts'
import type { Row } from '../../result.ts'
import type { Group } from '../../why/diff/difference.ts'
import type { Both } from '../../why/finding.ts'
import { builtInQuery, queryRows } from '../run.ts'
import { resolveSampling } from '../sampling.ts'
import type { Session } from '../session.ts'
import { unite } from './union.ts'

/** The spans of a group, by their filters and window. */
export interface Chosen {
  filters: Filters
  window: Window
}

/** Spans of a group to read; of more, a share of the traces is read. */
const MOST_SPANS = 3_000_000
/** A value on fewer selected spans and others explains nothing. */
const LEAST_SHARE = 0.01
const LEAST_SPANS = 5

/** Asks the server about both groups at once. A span in both groups counts as selected. */
export interface Counter {
  groups: Both<Group>
  /** For each group n, where one in n traces was read. */
  oneIn: Both<number>
  /** Counts are adjusted for sampling. */
  weighted: boolean
  /** Rows by `keyOf`, with the counts of both groups. */
  count(
    file: string,
    given: Record<string, ParamValue>,
    keyOf: (row: Row) => string,
    more?: Both<number>,
  ): Promise<Map<string, CountedRow>>
  /** Attributes, and values that 1 % of either group has. Those of some attributes are left out. */
  values(leftOut: string[]): Promise<Row[]>
}

export interface CountedRow {
  /** The row of the group with more spans. */
  row: Row
  counts: Both<number>
}

/** Counts the spans of both groups. */
export async function newCounter(
  session: Session,
  selection: Chosen,
  against: Chosen,
): Promise<Counter> {
  const both = overlap(selection, against)
  const chosen = both ? [selection, against, both] : [selection, against]
  const weighted = await isSampled(session, [selection, against])
  const sources = chosen.map((one): SpansSource => ({ ...session.source, ...one, weighted }))
  const sizes = sources.map((source) => ({ source, given: {} }))
  const rows = await queryRows(session, unite('internal/diff/sizes.sql', sizes))
  const sizeOf = (part: number) => readSize(rows.find((row) => row.part === part))
  const [first, second, shared] = [sizeOf(0), sizeOf(1), sizeOf(2)]
  const oneIn = [first, second].map(({ stored }) =>
    Math.max(1, Math.ceil(stored / MOST_SPANS)),
  ) as Both<number>
  const isInside = shared.stored > 0 && shared.stored === first.stored
  const partsOf = (given: Record<string, ParamValue>, more: Both<number> = [1, 1]) => {
    const [own, others] = oneIn.map((n, i) => n * more[i]!) as Both<number>
    // A selection out of the others is read once, if the same share of both is read.
    const inside = isInside && own === others
    const count = inside || shared.stored === 0 ? 2 : 3
    const parts = sources
      .slice(0, count)
      .map((source, i) => ({ source, given: { ...given, one_in: i === 0 ? own : others } }))
    return { parts, inside, rates: [own, others] as Both<number> }
  }
  const groups = groupsOf(first, second, shared, oneIn)
  const count: Counter['count'] = async (file, given, keyOf, more) => {
    const { parts, inside, rates } = partsOf(given, more)
    const query = unite(`internal/diff/${file}.sql`, parts)
    const found = new Map<string, CountedRow>()
    for (const row of await queryRows(session, query)) {
      const key = keyOf(row)
      const one = found.get(key) ?? { row, counts: [0, 0] as Both<number> }
      found.set(key, one)
      const part = Number(row.part)
      const spans = Number(row.spans ?? 0) * rates[part === 0 ? 0 : 1]
      if (Number(row.stored) > Number(one.row.stored)) one.row = row
      if (part === 0) one.counts[0] += spans
      if (part !== 0 || inside) one.counts[1] += part === 1 ? spans : -spans
    }
    // Spans arrive between the statements, and fractions add up to a little less.
    for (const { counts } of found.values()) counts[1] = Math.max(0, counts[1])
    return found
  }
  const values = async (left_out: string[]) => {
    const [least, least_others] = groups.map(({ spans }, i) =>
      Math.max(LEAST_SPANS, Math.floor((LEAST_SHARE * spans) / oneIn[i]!)),
    )
    const { parts, inside } = partsOf({ left_out })
    const given = { inside: inside ? 1 : 0, least: least!, least_others: least_others! }
    const around = { file: 'internal/diff/values-of-all.sql', given }
    const rows = await queryRows(session, unite('internal/diff/values.sql', parts, around))
    return rows.map((row) => ({
      ...row,
      selected: Number(row.selected) * oneIn[0],
      others: Number(row.others) * oneIn[1],
    }))
  }
  return { groups, oneIn, weighted, count, values }
}

/** Whether spans of a group represent others, and --no-weight was not typed. */
async function isSampled(session: Session, chosen: Chosen[]): Promise<boolean> {
  if (!session.options.weighted) return false
  for (const one of chosen) {
    const source = { ...session.source, ...one }
    const composed = builtInQuery('internal/diff/sizes.sql', { part: 0 }, source)
    const { query } = await resolveSampling({ ...session, source }, composed)
    if (query.unweighted) return true
  }
  return false
}

interface Size {
  stored: number
  spans: number
  squares: number
  traces: number
  fingerprint: bigint
}

const readSize = (row: Row | undefined): Size => ({
  stored: Number(row?.stored ?? 0),
  spans: Number(row?.spans ?? 0),
  squares: Number(row?.squares ?? 0),
  traces: Number(row?.traces ?? 0),
  fingerprint: BigInt((row?.fingerprint as string | undefined) ?? 0),
})

/** Weights make limits wider: as those of (Σw)² / Σw² spans. Kish, Survey Sampling (1965). */
const effect = ({ stored, spans, squares }: Size) =>
  stored === 0 || squares === 0 ? 1 : (spans * spans) / squares / stored

function groupsOf(first: Size, second: Size, shared: Size, oneIn: Both<number>): Both<Group> {
  const others = second.spans - shared.spans
  const part = (second.stored - shared.stored) / Math.max(1, second.stored)
  const traces = [first.traces, Math.round(second.traces * part)]
  return [first.spans, others].map((spans, i) => ({
    spans,
    traces: traces[i]!,
    independent: (traces[i]! * effect(i === 0 ? first : second)) / oneIn[i]!,
    fingerprint: i === 0 ? first.fingerprint : second.fingerprint ^ shared.fingerprint,
  })) as Both<Group>
}

/** The spans of both; undefined where their windows are apart. */
function overlap(a: Chosen, b: Chosen): Chosen | undefined {
  const later = (x: bigint, y: bigint) => (x > y ? x : y)
  const from = later(a.window.from, b.window.from)
  const to = -later(-a.window.to, -b.window.to)
  if (from >= to) return undefined
  const wheres = [a.filters.where, b.filters.where].filter((text) => text !== undefined)
  return {
    window: { ...a.window, from, to },
    filters: {
      conditions: [...a.filters.conditions, ...b.filters.conditions],
      traceConditions: [...a.filters.traceConditions, ...b.filters.traceConditions],
      ...(wheres.length > 0 ? { where: wheres.map((text) => `(${text}\n)`).join(' AND ') } : {}),
      ...dedupeOf(a.filters, b.filters),
    },
  }
}
