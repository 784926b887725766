/** The failing requests that show findings about errors. */
import type { Request } from '../changed.ts'
import { errorLinesOf, spansAbove } from '../errors.ts'
import { type Both, ERRORS, type WhyFinding } from '../finding.ts'
import { buildTree, type LogLine, type Node, type Operation, type TraceRow } from '../tree.ts'

/** By finding about errors. */
export type Failures = Map<WhyFinding, Shown>

interface Shown {
  /** Requests before and after that show it first. */
  first: Both<number>
  /** All requests after that show it. */
  after: Set<Request>
}

interface Sample {
  operations: readonly Operation[]
  lines: readonly LogLine[]
  failed(row: TraceRow, nodes: () => readonly Node[]): boolean
  /** In the order of the rows. */
  requests: readonly Request[]
}

/** @param findings in their order: a request counts for the first that it shows */
export function failuresOf(
  findings: readonly WhyFinding[],
  rows: Iterable<TraceRow>,
  { operations, lines, failed, requests }: Sample,
): Failures {
  const failures: Failures = new Map(
    findings
      .filter(({ kind }) => ERRORS.has(kind))
      .map((one) => [one, { first: [0, 0], after: new Set() }]),
  )
  if (failures.size === 0) return failures
  let i = 0
  for (const row of rows) {
    const request = requests[i++]!
    let nodes: Node[] | undefined
    const tree = () => (nodes ??= buildTree(row, operations))
    if (!failed(row, tree)) continue
    const isShown = ofTrace(tree(), { operations, lines })
    let isFirst = true
    for (const [finding, { first, after }] of failures) {
      if (!isShown(finding)) continue
      if (isFirst) first[row.after ? 1 : 0]++
      if (row.after) after.add(request)
      isFirst = false
    }
  }
  return failures
}

/** Tells a finding that is about the failure of a trace, by the spans that it was found by. */
function ofTrace(
  nodes: readonly Node[],
  { operations, lines }: Pick<Sample, 'operations' | 'lines'>,
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
