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
  for (const { isMessage } of children)
    if (isMessage) return children.filter(({ isMessage }) => !isMessage)
  return children
}

/**
 * Pairs of a span's calls of which one still ran when the other began, and all pairs: the same where all run at once,
 * none where they run one after another. A call that takes longer than its siblings hardly changes it.
 */
export function pairsAtOnce(calls: readonly Node[]): { running: number; all: number } {
  const { length } = calls
  const all = (length * (length - 1)) / 2
  let running = 0
  if (length <= FEW) {
    for (let i = 0; i < length; i++) {
      const end = endOf(calls[i]!)
      for (let next = i + 1; next < length && calls[next]!.start < end; next++) running++
    }
    return { running, all }
  }
  const ends = new Float64Array(length)
  for (let i = 0; i < length; i++) ends[i] = endOf(calls[i]!)
  ends.sort()
  let ended = 0
  for (let i = 0; i < length; i++) {
    while (ended < i && ends[ended]! <= calls[i]!.start) ended++
    running += i - ended
  }
  return { running, all }
}

/** Calls whose pairs are looked at faster than their ends are sorted. */
const FEW = 16

const endOf = ({ start, duration }: Node) => start + duration
