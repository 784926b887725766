/** Shares of a rise: each part of it belongs to the first finding that has it. */
import type { Changed } from '../changed.ts'
import { errorLinesOf, spansAbove } from '../errors.ts'
import { type Both, ERRORS, type Rise, type WhyFinding } from '../finding.ts'
import { buildTree, type LogLine, type Node, type Operation, type TraceRow } from '../tree.ts'

/** What certainly rose, whose parts findings have: the mean duration, and the share of failing requests. */
export const risesOf = ({
  meanDifference,
  errorDifference,
  failing,
}: Pick<Changed, 'meanDifference' | 'errorDifference' | 'failing'>): Rise[] => [
  ...(meanDifference[0] > 0 ? (['duration'] as const) : []),
  ...(failing === 'rose' && errorDifference[0] > 0 ? (['failing'] as const) : []),
]

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
    if (finding.repeated) continue
    for (const [key] of own) taken.add(key)
    if (rise <= 0) continue
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

/** Shares of the rise in failing requests. @returns the share of all findings */
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
    const first = about.find(ofTrace(tree(), { operations, lines }))
    if (first) counts.get(first)![row.after ? 1 : 0]++
  }
  const riseOf = (some: Both<number>) => some[1] / requests[1] - some[0] / requests[0]
  const rise = riseOf(errors)
  let explained = 0
  for (const [finding, some] of counts) {
    const share = riseOf(some) / rise
    // Requests that an earlier finding has, or that fail less often than before.
    if (share <= 0) continue
    finding.share = share
    explained += share
  }
  return explained
}

/** Tells a finding that is about the failure of a trace, by the spans that it was found by. */
function ofTrace(
  nodes: readonly Node[],
  { operations, lines }: Pick<Failing, 'operations' | 'lines'>,
) {
  const isError = (line: number) => lines[line]?.isError === true
  const failed = nodes.filter((node) => node.isError || node.lines.some(isError))
  const above = spansAbove(failed)
  const deepest = failed.filter((node) => !above.has(node))
  return ({ kind, service, name, detail, ends, origins }: WhyFinding): boolean => {
    if (kind === 'unreachable') return deepest.some(({ operation }) => origins?.has(operation))
    const isOwn = (node: Node) =>
      node.service === service && operations[node.operation]!.name === name
    if (kind === 'new error')
      return failed.some(
        (node) => isOwn(node) && errorLinesOf(node, isError).some((n) => lines[n]!.text === detail),
      )
    // Its caller fails, and it does not.
    return ends ? deepest.some(({ children }) => children.some(isOwn)) : deepest.some(isOwn)
  }
}
