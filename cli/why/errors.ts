/** Findings about error lines and exceptions that are new or more frequent. */
import { type Both, countsOf, type WhyFinding } from './finding.ts'
import { claimLimitOf, leastOfShares, proportionZ, shareDifference } from './tests.ts'
import type { LogLine, Node, Operation } from './tree.ts'
import { addSlice, type Slices, unevenness } from './uneven.ts'

/** Spans before that tell what an operation's errors usually are. */
const FEWEST = 5

interface ErrorLine {
  operation: number
  line: number
  spans: Both<number>
  before: Slices
  traces: string[]
}

export interface ErrorLines {
  /** Requests before, by time. */
  requests: Slices
  /** Spans of each operation. */
  spans: Map<number, Both<number>>
  lines: Map<string, ErrorLine>
}

export const emptyErrors = (): ErrorLines => ({
  requests: new Map(),
  spans: new Map(),
  lines: new Map(),
})

/** Adds one trace. An error counts for the deepest span that has one. */
export function addErrors(
  errors: ErrorLines,
  nodes: readonly Node[],
  { trace, side, lines }: { trace: string; side: 0 | 1; lines: readonly LogLine[] },
): void {
  const isError = (line: number) => lines[line]?.isError === true
  const time = nodes[0]?.start ?? 0
  if (side === 0) addSlice(errors.requests, time)
  for (const node of nodes) {
    countsOf(errors.spans, node.operation)[side]++
    if (node.lines.length === 0) continue
    const own = new Set(node.lines.filter(isError))
    if (own.size === 0 || node.children.some((child) => child.lines.some(isError))) continue
    for (const line of own) {
      const { operation } = node
      const key = `${operation} ${line}`
      const one = errors.lines.get(key) ?? newLine(operation, line)
      errors.lines.set(key, one)
      one.spans[side]++
      if (side === 0) addSlice(one.before, time)
      if (side === 1 && one.traces.length < 3 && !one.traces.includes(trace)) one.traces.push(trace)
    }
  }
}

const newLine = (operation: number, line: number): ErrorLine => ({
  ...{ operation, line, spans: [0, 0], before: new Map(), traces: [] },
})

/**
 * Error lines that are more frequent.
 * @param begun findings about operations where errors begin, which say the same of the whole operation
 */
export function errorFindings(
  { requests, spans, lines: found }: ErrorLines,
  lines: readonly LogLine[],
  operations: readonly Operation[],
  begun: readonly WhyFinding[],
): WhyFinding[] {
  const limit = claimLimitOf(
    [...found.values()].map(({ operation, spans: counts }) =>
      leastOfShares(counts, spans.get(operation)!),
    ),
  )
  return [...found.values()].flatMap(
    ({ operation, line, spans: counts, before: early, traces }): WhyFinding[] => {
      const { service, name } = operations[operation]!
      const detail = lines[line]?.text ?? ''
      const of = spans.get(operation)!
      const interval = shareDifference(counts, of)
      if (interval[0] <= 0 || of[0] < FEWEST) return []
      const certain = proportionZ(counts, of) > limit * Math.sqrt(unevenness(early, requests))
      const whole = begun.find((one) => one.service === service && one.name === name)
      if (whole && (whole.certain || !certain)) return []
      const [before, after] = counts.map((count, i) => count / of[i]!) as Both<number>
      return [
        {
          kind: 'new error',
          service,
          name,
          detail,
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
}
