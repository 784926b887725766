/** Shares of a rise: each part of it belongs to the first finding that has it. */
import type { Changed } from '../changed.ts'
import { spansAbove } from '../errors.ts'
import { type Both, ERRORS, type WhyFinding } from '../finding.ts'
import { buildTree, type LogLine, type Node, type Operation, type TraceRow } from '../tree.ts'

/** What certainly rose, whose parts findings have: the mean duration, else the share of failing requests. */
export function rose({
  meanDifference,
  errorDifference,
  failing,
}: Pick<Changed, 'meanDifference' | 'errorDifference' | 'failing'>):
  | 'duration'
  | 'failing'
  | undefined {
  if (meanDifference[0] > 0) return 'duration'
  return failing === 'rose' && errorDifference[0] > 0 ? 'failing' : undefined
}

/** Shares of the rise in the mean duration, in ns. @returns the share of all findings */
export function shareOut(findings: WhyFinding[], rise: number): number {
  const taken = new Set<string>()
  let explained = 0
  for (const finding of findings) {
    if (!finding.parts?.size) continue
    const own = [...finding.parts].filter(([key]) => !taken.has(key))
    const sum = own.reduce((total, [, extra]) => total + extra, 0)
    const whole = [...finding.parts.values()].reduce((total, extra) => total + extra, 0)
    finding.repeated = sum < whole / 5
    if (finding.repeated || rise <= 0) continue
    for (const [key] of own) taken.add(key)
    finding.share = sum / rise
    explained += finding.share
  }
  return explained
}

interface Failing {
  operations: readonly Operation[]
  lines: readonly LogLine[]
  failed(row: TraceRow, nodes: () => readonly Node[]): boolean
  changed: Pick<Changed, 'requests' | 'errors'>
}

/** Shares of the rise in failing requests, by the deepest failing span. @returns the share of all findings */
export function shareFailures(
  findings: readonly WhyFinding[],
  rows: Iterable<TraceRow>,
  { operations, lines, failed, changed: { requests, errors } }: Failing,
): number {
  const about = findings.filter(({ kind }) => ERRORS.has(kind))
  const counts = new Map(about.map((one) => [one, [0, 0] as Both<number>]))
  if (about.length === 0) return 0
  for (const row of rows) {
    let nodes: Node[] | undefined
    const tree = () => (nodes ??= buildTree(row, operations))
    if (!failed(row, tree)) continue
    const first = about.find(ofOneOf(deepestFailing(tree(), lines), { operations, lines }))
    if (first) counts.get(first)![row.after ? 1 : 0]++
  }
  const riseOf = (some: Both<number>) => some[1] / requests[1] - some[0] / requests[0]
  const rise = riseOf(errors)
  let explained = 0
  for (const [finding, some] of counts) {
    finding.share = riseOf(some) / rise
    explained += finding.share
  }
  return explained
}

function deepestFailing(nodes: readonly Node[], lines: readonly LogLine[]): Node[] {
  const all = nodes.filter(
    ({ isError, lines: own }) => isError || own.some((n) => lines[n]?.isError),
  )
  const above = spansAbove(all)
  return all.filter((node) => !above.has(node))
}

/** Tells a finding that is about one of some failing spans. */
const ofOneOf =
  (nodes: readonly Node[], { operations, lines }: Pick<Failing, 'operations' | 'lines'>) =>
  ({ kind, service, name, detail, others = [] }: WhyFinding): boolean =>
    nodes.some((node) =>
      kind === 'unreachable'
        ? others.includes(node.service)
        : node.service === service &&
          operations[node.operation]!.name === name &&
          (kind !== 'new error' || node.lines.some((line) => lines[line]?.text === detail)),
    )
