/** Log lines and events that are new on the spans of a finding. */
import type { Both, WhyFinding } from '../finding.ts'
import { claimLimit, proportionZ, shareDifference } from '../tests.ts'
import { type LogLine, MOST_OPERATIONS, type Node, type Operation } from '../tree.ts'

/** A line is new where fewer than so many of the spans before had it. */
const RARE = 0.1
const ABOUT: ReadonlySet<string> = new Set(['slower', 'errors begin here', 'more calls'])

interface LineOfOperation {
  operation: number
  line: number
  spans: Both<number>
  traces: string[]
}

/** Spans with a line that is not an error, by operation and line. */
export type Lines = Map<number, LineOfOperation>

/** Adds one trace. */
export function addLines(
  found: Lines,
  nodes: readonly Node[],
  { trace, side, lines }: { trace: string; side: 0 | 1; lines: readonly LogLine[] },
): void {
  for (const { operation, lines: own } of nodes) {
    if (own.length === 0) continue
    for (const line of new Set(own)) {
      if (lines[line]?.isError) continue
      const key = operation * MOST_OPERATIONS + line
      const one = found.get(key) ?? { operation, line, spans: [0, 0], traces: [] }
      found.set(key, one)
      one.spans[side]++
      if (side === 1 && one.traces.length < 3 && !one.traces.includes(trace)) one.traces.push(trace)
    }
  }
}

interface Named {
  operations: readonly Operation[]
  lines: readonly LogLine[]
  /** All spans by operation. */
  spans: ReadonlyMap<number, Both<number>>
}

/** The same findings, each certain one of an operation followed by the line that is newest on its spans. */
export function withNewLines(
  findings: readonly WhyFinding[],
  found: Lines,
  { operations, lines, spans }: Named,
): WhyFinding[] {
  const limit = claimLimit(found.size)
  const said = new Set<string>()
  return findings.flatMap((finding) => {
    const { kind, service, name, score, certain } = finding
    if (!certain || !ABOUT.has(kind) || said.has(`${service} ${name}`)) return [finding]
    said.add(`${service} ${name}`)
    const news = [...found.values()].flatMap(({ operation, line, spans: counts, traces }) => {
      const of = operations[operation]!
      const isOf = of.service === service && of.name === name
      const totals = spans.get(operation)!
      const [before, after] = counts.map((n, i) => n / Math.max(1, totals[i]!)) as Both<number>
      if (!isOf || totals[0] < 3 || before > RARE || after < 2 * before) return []
      if (proportionZ(counts, totals) <= limit) return []
      return [{ before, after, totals, count: counts[1], counts, traces, line }]
    })
    const [most] = news.sort((a, b) => b.after - b.before - (a.after - a.before))
    if (!most) return [finding]
    const { before, after, count, counts, totals, traces, line } = most
    const one: WhyFinding = {
      kind: 'new log or event',
      ...{ service, name, detail: lines[line]!.text, before, after, unit: 'percentunit' },
      ...{ interval: shareDifference(counts, totals), count, spans: totals, traces },
      ...{ score: score * 0.99, certain: true },
    }
    return [finding, one]
  })
}
