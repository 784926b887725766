/** Findings about errors that are new or more frequent: lines, exceptions and status. */
import { USUAL } from './deviation.ts'
import type { Both, WhyFinding } from './finding.ts'
import { claimLimitOf, leastOfShares, proportionZ, shareDifference } from './tests.ts'
import type { LogLine, Node, Operation } from './tree.ts'
import { addSlice, type Slices, unevennessIn } from './uneven.ts'

/** Spans before that tell what an operation's errors usually are. */
const FEWEST = 5
/** The status in the place of a line. Most failing spans have no line. */
const STATUS_LINE = -1

interface ErrorLine {
  operation: number
  /** STATUS_LINE for the error status. */
  line: number
  spans: Both<number>
  before: Slices
  traces: string[]
}

export interface ErrorLines {
  /** Requests before, by time. */
  requests: Slices
  lines: Map<string, ErrorLine>
}

export const emptyErrors = (): ErrorLines => ({
  requests: new Map(),
  lines: new Map(),
})

/** All spans above some. */
export function spansAbove(nodes: Iterable<Node>): Set<Node> {
  const above = new Set<Node>()
  for (const { parent } of nodes)
    for (let up = parent; up && !above.has(up); up = up.parent) above.add(up)
  return above
}

/** The error lines that a span tells by itself: what it calls has none. */
export const errorLinesOf = (
  { lines, children }: Node,
  isError: (line: number) => boolean,
): number[] =>
  children.some((child) => child.lines.some(isError)) ? [] : [...new Set(lines.filter(isError))]

/** Adds one trace. An error counts for the deepest span that has one. */
export function addErrors(
  errors: ErrorLines,
  nodes: readonly Node[],
  { trace, side, lines }: { trace: string; side: 0 | 1; lines: readonly LogLine[] },
): void {
  const isError = (line: number) => lines[line]?.isError === true
  const time = nodes[0]?.start ?? 0
  if (side === 0) addSlice(errors.requests, time)
  const add = (operation: number, line: number) => {
    const key = `${operation} ${line}`
    const one = errors.lines.get(key) ?? newLine(operation, line)
    errors.lines.set(key, one)
    one.spans[side]++
    if (side === 0) addSlice(one.before, time)
    if (side === 1 && one.traces.length < 3 && !one.traces.includes(trace)) one.traces.push(trace)
  }
  const failed = nodes.filter(
    ({ isError: fails, lines: own }) => fails || (own.length > 0 && own.some(isError)),
  )
  if (failed.length === 0) return
  const above = spansAbove(failed)
  for (const node of failed) {
    if (node.isError && !above.has(node)) add(node.operation, STATUS_LINE)
    for (const line of errorLinesOf(node, isError)) add(node.operation, line)
  }
}

const newLine = (operation: number, line: number): ErrorLine => ({
  ...{ operation, line, spans: [0, 0], before: new Map(), traces: [] },
})

/**
 * Error lines that are more frequent, and operations that fail more often than they usually do. Of a rare failure,
 * the shapes of spans tell; where more than a tenth of an operation's spans fail, a failing one is as usual.
 * @param spans those of each operation
 * @param begun findings about operations where errors begin, which say the same of the whole operation
 */
export function errorFindings(
  { requests, lines: found }: ErrorLines,
  spans: ReadonlyMap<number, Both<number>>,
  lines: readonly LogLine[],
  operations: readonly Operation[],
  begun: readonly WhyFinding[],
): WhyFinding[] {
  const tested = [...found.values()].filter(
    ({ operation, line, spans: [before] }) =>
      line !== STATUS_LINE || before > USUAL * spans.get(operation)![0],
  )
  const limit = claimLimitOf(
    tested.map(({ operation, spans: counts }) => leastOfShares(counts, spans.get(operation)!)),
  )
  const unevenOf = unevennessIn(requests)
  const findings = tested.flatMap(
    ({ operation, line, spans: counts, before: early, traces }): WhyFinding[] => {
      const { service, name } = operations[operation]!
      const of = spans.get(operation)!
      const interval = shareDifference(counts, of)
      if (interval[0] <= 0 || of[0] < FEWEST) return []
      const certain = proportionZ(counts, of) > limit * Math.sqrt(unevenOf(early))
      const whole = begun.find((one) => one.service === service && one.name === name)
      if (whole && (whole.certain || !certain)) return []
      const [before, after] = counts.map((count, i) => count / of[i]!) as Both<number>
      return [
        {
          ...(line === STATUS_LINE
            ? { kind: 'errors begin here' }
            : { kind: 'new error', detail: lines[line]?.text ?? '' }),
          service,
          name,
          before,
          after,
          unit: 'percentunit',
          interval,
          count: counts[1],
          spans: of,
          traces,
          score: Math.sqrt(interval[0] * (after - before)),
          certain,
        },
      ]
    },
  )
  // A line that is certainly more frequent says it better than the status, and worse if it may be chance.
  return findings.filter(
    (one) =>
      !findings.some(
        (other) =>
          other.kind !== one.kind &&
          other.service === one.service &&
          other.name === one.name &&
          (one.kind === 'new error' ? !one.certain : other.certain),
      ),
  )
}
