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

/**
 * Of the calls that began before each call of a span, the share that still ran: 1 where all run at once, 0 one after
 * another. A call that takes longer than its siblings hardly changes it. Undefined for fewer than two.
 */
export function shareAtOnce({ children }: Node): number | undefined {
  const calls = children.some(({ isMessage }) => isMessage)
    ? children.filter(({ isMessage }) => !isMessage)
    : children
  const { length } = calls
  if (length < 2) return undefined
  if (!calls.some(({ start }, i) => i > 0 && start < endOf(calls[i - 1]!))) return 0
  const ends = Float64Array.from(calls, endOf).sort()
  let running = 0
  let ended = 0
  for (const [i, { start }] of calls.entries()) {
    while (ended < i && ends[ended]! <= start) ended++
    running += i - ended
  }
  return running / ((length * (length - 1)) / 2)
}

const endOf = ({ start, duration }: Node) => start + duration
