/** When some requests of a window were. */
import type { Seen } from '../finding.ts'
import { burstOf } from './burst.ts'

/** Chance leaves such a gap in one of a thousand windows. */
const RARE = 0.001

/** When some requests of a window were, of all of its requests. @param isNew whether none were before the window */
export function seenOf<T extends { start: number; duration: number }>(
  some: ReadonlySet<T>,
  all: readonly T[],
  isNew: boolean,
): Seen | undefined {
  if (some.size === 0) return undefined
  let [first, last] = [Number.POSITIVE_INFINITY, 0]
  for (const { start } of some) {
    first = Math.min(first, start)
    last = Math.max(last, start)
  }
  const isGap = (requests: number) => (1 - requests / all.length) ** some.size < RARE
  const isSince = isNew && isGap(all.filter(({ start }) => start < first).length)
  const isOver = isGap(all.filter(({ start }) => start > last).length)
  const most = isSince || isOver ? undefined : burstOf(all, (one) => some.has(one))
  return {
    first,
    last,
    isSince,
    isOver,
    ...(most && { most: { from: most.from, to: most.to, isOpen: most.isOpen } }),
  }
}
