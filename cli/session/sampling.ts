/** The cheapest statement: without weights if nothing is sampled, or over sums of hours. */
import type { BoundQuery } from '../query/compose/bound-query.ts'
import type { SpansSource } from '../query/compose/source.ts'
import { flagOf } from '../query/hourly.ts'
import type { Filter } from '../query/schema.ts'
import { HOUR_NS, type Hours, type Window } from '../query/window.ts'
import type { SpanFacts } from '../store/candidates.ts'
import type { Cost } from '../store/client.ts'
import { builtInQuery, measuredRows } from './run.ts'
import type { Session } from './session.ts'

type Looking = Pick<Session, 'store' | 'source' | 'facts'>

export interface ResolvedQuery {
  query: BoundQuery
  /** What the counts mean. */
  note?: string
  /** What the looks before the query cost; undefined without any, or if the server does not say. */
  looked?: Cost | undefined
}

/**
 * The query with weights, or without where no span of the window and the filters is sampled.
 * Weights read every span's attributes; the collector's facts or indexes show whether any is needed.
 * @param measured also finds what the looks cost
 */
export async function resolveSampling(
  session: Looking,
  composed: BoundQuery,
  measured = false,
): Promise<ResolvedQuery> {
  const { source } = session
  const costs: Cost[] = []
  const any = async (asked: BoundQuery) => {
    const { rows, cost } = await measuredRows(session, asked, measured)
    if (cost) costs.push(cost)
    return rows.length > 0
  }
  const resolved = (query: BoundQuery, note?: string): ResolvedQuery => ({
    query,
    note,
    looked: sum(costs),
  })
  /** Whether a file of `queries/internal/store/` has a row for the spans of the window, whatever the filters. */
  const holds = async (name: string, fact: Fact) =>
    mayHold(session, fact) && any(wholeWindow(session, name))

  let query = composed
  if (query.uncrossed && !(await holds('crossing', 'crossing'))) query = query.uncrossed()
  if (query.plainNames && !(await holds('bare-names', 'bareNames'))) query = query.plainNames()
  if (!query.unweighted) return resolved(query)
  if (!mayHold(session, 'sampled')) return resolved(query.unweighted())
  const look = (filter: Filter): BoundQuery => {
    const conditions = [...source.filters.conditions, { filter }]
    const filters = { ...source.filters, conditions }
    // Of copies any will do.
    const copies = { ...source, filters, repeats: undefined }
    return builtInQuery('internal/store/any-span.sql', {}, copies)
  }
  // One statement with two conditions: each has an index of its own, or none.
  const sampled = await any(either(look('sampled-by-state'), look('sampled-by-rate')))
  if (!sampled) return resolved(query.unweighted())
  const mixed = await any(look('unsampled'))
  return resolved(
    query,
    mixed
      ? 'counts extrapolated from sampled spans; spans of unknown probability count as one (--no-weight: all do)'
      : 'counts extrapolated from sampled spans (--no-weight counts the spans themselves)',
  )
}

/**
 * The source as far as the collector's facts about its window simplify it, so that a query is composed once. Else
 * `resolveSampling` composes it again.
 */
export function knownSource(session: Looking): SpansSource {
  const { source } = session
  return {
    ...source,
    weighted: source.weighted !== false && mayHold(session, 'sampled'),
    crossing: source.crossing !== false && mayHold(session, 'crossing'),
    bareNames: source.bareNames !== false && mayHold(session, 'bareNames'),
  }
}

type Fact = Exclude<keyof SpanFacts, 'repeats' | 'firstSlot' | 'lastSlot'>

/** False if the collector knows that no span of the window needs a look. */
function mayHold({ facts, source: { window } }: Looking, fact: Fact): boolean {
  if (!facts || window?.inverted) return true
  const isSame = facts.window?.from === window?.from && facts.window?.to === window?.to
  return isSame ? facts[fact] : true
}

/**
 * The source without what no span of its window needs: parents that tell requests, and paths in names of operations.
 * Both read attributes of every span.
 */
export async function simplest(session: Looking): Promise<SpansSource> {
  const bare = wholeWindow(session, 'bare-names')
  return {
    ...session.source,
    // Whether a server's spans need it, a query of every span would tell.
    crossing: mayHold(session, 'crossing'),
    bareNames:
      mayHold(session, 'bareNames') && (await measuredRows(session, bare, false)).rows.length > 0,
  }
}

/** The session with names of operations as simple as the spans of some windows allow. */
export async function withSimpleNames(session: Session, windows: Window[]): Promise<Session> {
  const of = (window: Window) => simplest({ ...session, source: { ...session.source, window } })
  const bareNames = (await Promise.all(windows.map(of))).some((source) => source.bareNames)
  return { ...session, source: { ...session.source, bareNames } }
}

function wholeWindow(session: Looking, name: string): BoundQuery {
  const filters = { conditions: [], traceConditions: [] }
  const source = { ...session.source, filters, weighted: false, repeats: undefined }
  return builtInQuery(`internal/store/${name}.sql`, {}, source)
}

function sum([first, ...rest]: Cost[]): Cost | undefined {
  return rest.reduce<Cost | undefined>(
    (all, { rows, bytes, ms }) =>
      all && { rows: all.rows + rows, bytes: all.bytes + bytes, ms: all.ms + ms },
    first,
  )
}

/** The rows of two queries with the same parameters. */
function either(one: BoundQuery, other: BoundQuery): BoundQuery {
  return {
    ...one,
    sql: `SELECT * FROM (\n${one.sql}\n)\nUNION ALL\nSELECT * FROM (\n${other.sql}\n)`,
  }
}

function isOfWindow(facts: Session['facts'], { from, to }: Window): boolean {
  return facts?.window?.from === from && facts.window.to === to
}

export interface HourlyQuery {
  query: BoundQuery
  /** How exact the result is. */
  note?: string
  /** Why every span is read, for --verbose. */
  reason?: string
}

const SECOND = 1_000_000_000n
/** As in collector/schema/facts_of_traces.sql. */
const SLOT_SECONDS = 300
/** Whole hours in a window for which two reads, of hours and of the spans around them, are faster than one. */
const LEAST = 3n
const ROUNDED =
  'are within 1.6 %: durations of whole hours are kept in bins (--exact reads every span)'
/** How a query tells spans between bounds, and percentiles. */
const ROUNDS = [/\blog_bin\(/, /\bpercentiles\(/]

const PARTIAL = 'spans of an earlier version have no sums of hours (otrace up --reindex)'

/** The whole hours of a window, if they are many enough, and if not all spans are known to start later. */
function wholeHours(window: Window, facts: SpanFacts | undefined): Hours | undefined {
  const from = window.from + ((HOUR_NS - (window.from % HOUR_NS)) % HOUR_NS)
  const to = window.to - (window.to % HOUR_NS)
  const isEmpty = BigInt(facts?.firstSlot ?? 0) * SECOND >= to
  return isEmpty || to - from < LEAST * HOUR_NS ? undefined : { from, to }
}

/** The source with the whole hours of its window that the collector has sums of, or why not; undefined if too short. */
export function hourlySource({
  facts,
  source,
  options,
}: Session): SpansSource | string | undefined {
  const { window, filters } = source
  if (!facts || !window || window.inverted || options.exact) return undefined
  // Frequent values are those of the spans beside: of the last hour with spans of the services, or more.
  const ended = BigInt(facts.lastSlot + SLOT_SECONDS) * SECOND
  const early = { ...window, to: (ended < window.to ? ended : window.to) - HOUR_NS }
  const hours = isOfWindow(facts, window) ? wholeHours(early, facts) : undefined
  if (!hours) return undefined
  if (facts.sampled) return 'sums of hours have no weights'
  const filter = filters.conditions.find((one) => one.filter !== 'service')
  if (filter) return `sums of hours cannot apply ${flagOf(filter.filter)}`
  if (filters.traceConditions.length > 0) return 'sums of hours have no traces'
  if (filters.dedupe || filters.where) return 'sums of hours have no single spans'
  return facts.partial ? PARTIAL : { ...source, weighted: false, hours }
}

/** The query over sums of whole hours, where it can be answered so. */
export function fromHours({ facts, source, options }: Session, query: BoundQuery): HourlyQuery {
  const { window } = source
  const { hourly } = query
  if (hourly === undefined || !window || options.exact) return { query }
  const { distributed = false } = source
  if (!distributed && !isOfWindow(facts, window)) return { query }
  if (typeof hourly === 'string') return { query, reason: hourly }
  if (facts?.partial && !distributed) return { query, reason: PARTIAL }
  const hours = wholeHours(window, distributed ? undefined : facts)
  if (!hours) return { query }
  const ofHours = hourly(hours)
  const rounded = ['bounds', 'percentiles'].filter((_, i) => ROUNDS[i]!.test(ofHours.sql))
  return { query: ofHours, ...(rounded[0] ? { note: `${rounded.join(' and ')} ${ROUNDED}` } : {}) }
}
