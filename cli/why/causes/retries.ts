/** Errors that make the operations above them slower, as where a caller tries again. */
import { mean, type WhyFinding } from '../finding.ts'
import { buildTree, type LogLine, type Node, type Operation, type TraceRow } from '../tree.ts'

const ERRORS: ReadonlySet<string> = new Set(['errors begin here', 'new error'])
/** Part of an operation's extra time that its spans above an error have, so that it is due to them. */
const DUE = 0.8
/** Spans without an error below that show what the operation else takes. */
const FEWEST = 10

interface Pair {
  slower: WhyFinding
  error: WhyFinding
  /** Own times in ns of the operation's spans after, with and without such an error below. */
  times: { with: number[]; without: number[] }
}

/**
 * The same findings, with certain errors before the slower operations above them that take longer only where such an
 * error is below. O(n) in the spans, once more, where there are both.
 */
export function withErrorsFirst(
  findings: readonly WhyFinding[],
  rows: Iterable<TraceRow>,
  { operations, lines }: { operations: readonly Operation[]; lines: readonly LogLine[] },
): WhyFinding[] {
  const pairs = findings.flatMap((error) =>
    error.certain && ERRORS.has(error.kind)
      ? findings
          .filter(({ kind, certain }) => kind === 'slower' && certain)
          .map((slower): Pair => ({ slower, error, times: { with: [], without: [] } }))
      : [],
  )
  if (pairs.length === 0) return [...findings]
  const numberOf = ({ service, name }: WhyFinding) =>
    operations.findIndex((one) => one.service === service && one.name === name)
  const numbered = pairs.map((pair) => ({
    ...pair,
    above: numberOf(pair.slower),
    below: numberOf(pair.error),
  }))
  const isFailed = (node: Node) =>
    node.isError || node.lines.some((line) => lines[line]?.isError === true)
  for (const row of rows) {
    if (!row.after) continue
    const nodes = buildTree(row, operations)
    for (const { above, below, times } of numbered) {
      const failing = new Set<Node>()
      for (const node of nodes)
        if (node.operation === below && isFailed(node))
          for (let up = node.parent; up && !failing.has(up); up = up.parent) failing.add(up)
      for (const node of nodes)
        if (node.operation === above) times[failing.has(node) ? 'with' : 'without'].push(node.path)
    }
  }
  const ordered = [...findings]
  for (const { slower, error, times } of pairs) {
    if (times.without.length < FEWEST) continue
    const extra = (some: number[]) => Math.max(0, mean(some) - slower.before) * some.length
    if (extra(times.with) < DUE * (extra(times.with) + extra(times.without))) continue
    slower.detail ??= error.name
    slower.peer ??= error.service
    const [at, from] = [ordered.indexOf(slower), ordered.indexOf(error)]
    if (from < at) continue
    ordered.splice(from, 1)
    ordered.splice(at, 0, error)
    error.score = Math.max(error.score, slower.score)
  }
  return ordered
}
