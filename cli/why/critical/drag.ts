/** Drag: by how much a trace would shorten at most without the own time of a span. */
import type { Node } from '../tree.ts'

/**
 * Calls `add` with each span of the path and its drag in ns: its own time on the path, or less where spans beside it
 * or beside those that it is below run as long. O(n log n) in the spans.
 */
export function addDrags(nodes: readonly Node[], add: (node: Node, drag: number) => void): void {
  const limits = new Map<Node, number>()
  for (const node of nodes) {
    const limit = limits.get(node) ?? Number.POSITIVE_INFINITY
    if (node.path > 0 && !node.isLate) add(node, Math.min(node.path, limit))
    const children = node.children.filter(({ isMessage }) => !isMessage)
    if (children.length === 1) limits.set(children[0]!, limit)
    else if (children.length > 1) {
      for (const [i, alone] of timesAlone(node, children).entries())
        limits.set(children[i]!, Math.min(limit, alone))
    }
  }
}

/** ns in which each child runs alone. Without the child, its siblings would still take the rest of its time. */
function timesAlone({ start, duration }: Node, children: readonly Node[]): Float64Array {
  const alone = new Float64Array(children.length)
  const within = (at: number) => Math.min(start + duration, Math.max(start, at))
  const edges = children.flatMap((child, i) => [
    { at: within(child.start), i, opens: true },
    { at: within(child.start + child.duration), i, opens: false },
  ])
  edges.sort((a, b) => a.at - b.at)
  // The number of running children, and the sum of their indexes: with one child, the sum is its index.
  let [running, sum, last] = [0, 0, start]
  for (const { at, i, opens } of edges) {
    if (running === 1) alone[sum]! += at - last
    running += opens ? 1 : -1
    sum += opens ? i : -i
    last = at
  }
  return alone
}
