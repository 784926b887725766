/** Compares the traces of two windows and orders what it finds. */

import { serviceName } from '../render/cell.ts'
import { addCalls, emptyCalls } from './calls.ts'
import { withBlockers } from './causes/blocked.ts'
import { addLines, type Lines, withNewLines } from './causes/lines.ts'
import { callFindings } from './causes/more-calls.ts'
import { withErrorsFirst } from './causes/retries.ts'
import { addFailed, addReached, emptyConnections, withUnreachable } from './causes/unreachable.ts'
import { type Changed, changedBetween, type Request, requestOf, type TypeNames } from './changed.ts'
import { addErrors, emptyErrors, errorFindings } from './errors.ts'
import { failureFindings } from './failures.ts'
import { type Both, ERRORS, type Rise, type WhyFinding } from './finding.ts'
import { addShapes, countShapes, emptyPlaces, judgeShapes } from './shapes.ts'
import { addCallers, type Callers, oneByOneFindings } from './time/at-once.ts'
import { markUntaken, queuedFindings } from './time/queued.ts'
import { slowerFindings } from './time/slower.ts'
import { addTimes, emptyTimes, type Times } from './time/times.ts'
import { failuresOf } from './traces/failing.ts'
import { addOrphaned, keptOf, losesSpans, withoutLost } from './traces/lost.ts'
import { seenOf } from './traces/seen.ts'
import { risesOf, shareFailures, shareOut } from './traces/shares.ts'
import {
  buildTree,
  FAILED,
  type LogLine,
  type Node,
  type Operation,
  type TraceRow,
} from './tree.ts'

export interface Sample {
  /** Iterated several times, so not a generator. */
  rows: Iterable<TraceRow>
  operations: readonly Operation[]
  lines: readonly LogLine[]
  /** Whether the sides are chosen requests, whose mix of types follows from the choice, and others. */
  chosen?: boolean
  /** Whether one side are the failing requests: errors come first, and shares are of those requests. */
  byFailure?: boolean
}

export interface Analysis {
  changed: Changed
  /** Most likely first; empty where nothing changed by more than chance. */
  findings: WhyFinding[]
  /** What certainly rose first of all: the mean duration, else the share of failing requests. */
  rose?: Rise
  /** The part of that which no finding explains. */
  unexplained?: number
  /** The same of the rise in failing requests, where that is certain. */
  unexplainedFailing?: number
  /** A trace as slow as the slowest twentieth, and one as usual. */
  examples: { slow?: string; typical?: string }
}

/** Reads traces twice: what is usual must be known before a trace can deviate from it. */
export function analyse({ rows, operations, lines, chosen, byFailure = false }: Sample): Analysis {
  const times = emptyTimes()
  const places = emptyPlaces()
  const calls = emptyCalls()
  const callers: Callers = new Map()
  const errors = emptyErrors()
  const connections = emptyConnections()
  const written: Lines = new Map()
  const requests: Request[] = []
  const orphaned: Both<number> = [0, 0]
  const ids: string[] = []
  const failed = failedTraces(rows, lines)
  for (const row of rows) {
    const side = sideOf(row)
    const nodes = buildTree(row, operations)
    const request = requestOf(
      nodes,
      side,
      failed(row, () => nodes),
    )
    const { type, duration } = request
    const of = { trace: row.id, side, type, duration }
    addTimes(times, nodes, of, operations)
    addShapes(places, nodes, { side, operations })
    addCalls(calls, nodes, of)
    addCallers(callers, nodes, { trace: row.id, side })
    addReached(connections, nodes, side)
    addErrors(errors, nodes, { trace: row.id, side, lines })
    addLines(written, nodes, { trace: row.id, side, lines })
    addOrphaned(orphaned, row, nodes, side)
    requests.push(request)
    ids.push(row.id)
  }
  const spans = countShapes(places)
  judgeShapes(places, rows, {
    ...{ operations, lines },
    onError: (node, of) => addFailed(connections, node, of),
  })
  // Chosen requests and others are of one time: neither lost spans since the other.
  const isLossy = !chosen && losesSpans(orphaned, times.traces)
  const types = typeNames(requests, operations)
  const changed: Changed = {
    ...changedBetween(requests, types),
    ...(chosen && { mix: undefined }),
    // Requests seem to be of other types without the spans that are lost.
    ...(isLossy && { orphaned, mix: undefined, newTypes: [], goneTypes: [] }),
    failuresFrom: hasFailedSpans(rows) ? ('status' as const) : ('logs' as const),
  }
  const kept = isLossy ? keptOf(calls, errors, { operations, lines }) : undefined
  const sure = (some: WhyFinding[]) => (kept ? withoutLost(some, kept) : some)
  const deviating = sure(failureFindings(places, operations, lines))
  const begun = deviating.filter(({ kind }) => kind === 'errors begin here')
  const newErrors = errorFindings(errors, spans, lines, operations, begun)
  const all = sure([
    ...slowerFindings(times),
    ...queuedFindings(times, operations),
    ...callFindings(calls, times, operations),
    ...oneByOneFindings(callers, times, operations),
    // Of an operation that may fail more by chance, one error is certainly new: that says it better.
    ...deviating.filter((one) => !begun.includes(one) || !newErrors.some(isSamePlace(one))),
    ...newErrors,
  ])
  // A call whose span is lost seems not to reach its service.
  const found = withLesserLater(
    isLossy ? all : withUnreachable(all, connections, { operations, lines }),
  )
  // All is slower at a cold start, which the time of the slow requests says better than a cause.
  const isBurst =
    changed.burst !== undefined &&
    changed.burst.part <= SHORT &&
    found.every((one) => one.isCommon || one.grew || !one.certain)
  const own = isBurst ? found.filter(({ isCommon, grew }) => !isCommon && !grew) : found
  // Where nothing is worse by more than chance, the strongest of many comparisons is still chance.
  const isWorse = changed.worse || own.some(({ certain }) => certain)
  const usual = (operation: number) => usualTime(times, operation)
  const caused = isWorse ? withErrorsFirst(own, rows, { operations, lines }) : []
  const isAsked = ({ kind, certain }: WhyFinding) => certain && ERRORS.has(kind)
  const ordered = byFailure ? caused.toSorted((a, b) => +isAsked(b) - +isAsked(a)) : caused
  const blocked = withBlockers(ordered, rows, { operations, usual })
  const findings = withNewLines(blocked, written, { operations, lines, spans })
  for (const { alone } of findings) if (alone) alone.type = types.nameOf(alone.type)
  markUntaken(findings)
  // A rise that may be chance has no parts to explain.
  const [usualMean, now] = times.total.map((sum, i) => sum / Math.max(1, times.traces[i]!))
  const rises: Rise[] = byFailure ? ['failing'] : risesOf(changed)
  const [rose] = rises
  const ofTime = shareOut(findings, rises.includes('duration') ? now! - usualMean! : 0)
  const isFailing = rises.includes('failing')
  const failures = failuresOf(findings, rows, { operations, lines, failed, requests })
  const ofFailures = isFailing ? shareFailures(failures, changed) : 0
  const late = requests.filter((one) => one.side === 1)
  for (const [finding, { after }] of failures)
    finding.seen = seenOf(after, late, finding.before === 0)
  return {
    changed,
    findings,
    ...(rose && { rose, unexplained: 1 - (rose === 'duration' ? ofTime : ofFailures) }),
    ...(isFailing && { unexplainedFailing: 1 - ofFailures }),
    examples: exampleTraces(ids, requests),
  }
}

/** A cold start takes at most this part of a window. */
const SHORT = 0.5

/** ns that nineteen of twenty spans of an operation took at most by themselves before. */
function usualTime({ timed }: Times, operation: number): number {
  const before = timed.get(String(operation))?.times[0].toSorted((a, b) => a - b) ?? []
  return before[Math.ceil(0.95 * before.length) - 1] ?? 0
}

/** By score, but what all operations share, or grew by less than twice, comes behind all that is certain of some. */
function withLesserLater(findings: readonly WhyFinding[]): WhyFinding[] {
  const byScore = (a: WhyFinding, b: WhyFinding) => b.score - a.score
  const much = findings.filter(({ grew }) => !grew).toSorted(byScore)
  const behind = much.findLastIndex(({ certain }) => certain) + 1
  const grown = findings.filter(({ grew }) => grew)
  const sorted = [...much.slice(0, behind), ...[...much.slice(behind), ...grown].sort(byScore)]
  const common = sorted.filter(({ isCommon }) => isCommon)
  if (common.length === 0) return sorted
  const others = sorted.filter(({ isCommon }) => !isCommon)
  return [
    ...others.filter(({ certain }) => certain),
    ...common,
    ...others.filter(({ certain }) => !certain),
  ]
}

const isSamePlace =
  ({ service, name }: WhyFinding) =>
  (other: WhyFinding) =>
    other.service === service && other.name === name

function hasFailedSpans(rows: Iterable<TraceRow>): boolean {
  for (const row of rows) if (hasFailed(row)) return true
  return false
}

function hasFailed({ flags }: TraceRow): boolean {
  for (let i = 0; i < flags.length; i++) if (flags[i]! & FAILED) return true
  return false
}

/** Tells failed traces: by the status of a span, or by error lines in a sample without any status. */
export function failedTraces(rows: Iterable<TraceRow>, lines: readonly LogLine[]) {
  const hasStatus = hasFailedSpans(rows)
  return (row: TraceRow, nodes: () => readonly Node[]): boolean =>
    hasStatus
      ? hasFailed(row)
      : nodes().some((node) => node.lines.some((line) => lines[line]?.isError))
}

const sideOf = ({ after }: TraceRow): 0 | 1 => (after ? 1 : 0)

/** A label names the root too where several types call the same operation. */
function typeNames(requests: readonly Request[], operations: readonly Operation[]): TypeNames {
  const path = (type: string) =>
    type
      .split(' ')
      .filter((number) => number !== '')
      .map((number) => operations[Number(number)]!)
  const label = (operation?: Operation) =>
    operation ? `${operation.name} (${serviceName(operation.service)})` : ''
  const types = [...new Set(requests.map(({ type }) => type))]
  const seen = new Map<string, number>()
  for (const type of types) {
    const last = label(path(type).at(-1))
    seen.set(last, (seen.get(last) ?? 0) + 1)
  }
  return {
    nameOf: (type) => path(type).at(-1)?.name ?? '',
    labelOf(type) {
      const all = path(type)
      const last = label(all.at(-1))
      return seen.get(last)! > 1 && all.length > 1 ? `${last} of ${label(all[0])}` : last
    },
  }
}

function exampleTraces(ids: string[], requests: Request[]): Analysis['examples'] {
  const after = requests
    .map(({ side, duration }, i) => ({ side, duration, id: ids[i]! }))
    .filter(({ side }) => side === 1)
    .sort((a, b) => a.duration - b.duration)
  if (after.length === 0) return {}
  return { slow: after[Math.floor(0.97 * after.length)]!.id, typical: after[after.length >> 1]!.id }
}
