/** How the calls of one span lie in time beside each other. */
import type { Node } from '../tree.ts'

/** ns within a span in which at least one of its calls ran. Children come by their start. */
export function busyTime({ start, duration, children }: Node): number {
  const end = start + duration
  let busy = 0
  let until = start
  for (const child of children) {
    if (child.isMessage) continue
    const from = Math.max(child.start, until)
    const to = Math.min(child.start + child.duration, end)
    if (to <= from) continue
    busy += to - from
    until = to
  }
  return busy
}

/** The children of a span that it calls: it does not wait for messages. */
export function callsOf({ children }: Node): readonly Node[] {
  return children.some(({ isMessage }) => isMessage)
    ? children.filter(({ isMessage }) => !isMessage)
    : children
}

/**
 * Pairs of a span's calls of which one still ran when the other began, and all pairs: the same where all run at once,
 * none where they run one after another. A call that takes longer than its siblings hardly changes it.
 */
export function pairsAtOnce(calls: readonly Node[]): { running: number; all: number } {
  const all = (calls.length * (calls.length - 1)) / 2
  let first = 1
  while (first < calls.length && calls[first]!.start >= endOf(calls[first - 1]!)) first++
  if (first >= calls.length) return { running: 0, all }
  const ends = Float64Array.from(calls, endOf).sort()
  let running = 0
  let ended = 0
  for (const [i, { start }] of calls.entries()) {
    while (ended < i && ends[ended]! <= start) ended++
    running += i - ended
  }
  return { running, all }
}

const endOf = ({ start, duration }: Node) => start + duration
