/** How unevenly events come in time. */

/** ns. Who tries again does so within seconds. */
const SLICE = 10_000_000_000
/** Standard deviations above those of even events that tell uneven ones. */
const CLEAR = 3

/** Numbers of events by slice of time. */
export type Slices = Map<number, number>

/** Counts an event at a time in ns. */
export function addSlice(slices: Slices, time: number): void {
  const slice = Math.floor(time / SLICE)
  slices.set(slice, (slices.get(slice) ?? 0) + 1)
}

/**
 * By how many times the variance of the number of events exceeds that of independent ones: Pearson's X² by its degrees
 * of freedom, as for quasi-likelihood (McCullagh and Nelder, 1989). 1 where chance explains it. A customer who tries
 * again ten times makes ten errors, which are one event.
 * @param all what the events are part of
 */
export function unevenness(events: Slices, all: Slices): number {
  const sum = (slices: Slices) => [...slices.values()].reduce((total, n) => total + n, 0)
  const share = sum(events) / Math.max(1, sum(all))
  const degrees = all.size - 1
  if (degrees < 1 || share <= 0 || share >= 1) return 1
  let squares = 0
  let variance = 0
  for (const [slice, n] of all) {
    const expected = share * n
    squares += ((events.get(slice) ?? 0) - expected) ** 2 / (expected * (1 - share))
    variance += 2 + 1 / expected
  }
  return squares - degrees > CLEAR * Math.sqrt(variance) ? squares / degrees : 1
}

/** A request in a window, in ns from its beginning. */
interface Came {
  side: 0 | 1
  start: number
}

/** The same of those before among some requests that are to count, as a part of all before. */
export function unevenIn<T extends Came>(
  some: readonly T[],
  all: readonly T[],
  isCounted: (one: T) => boolean,
): number {
  const slicesOf = (requests: readonly T[]) => {
    const slices: Slices = new Map()
    for (const { side, start } of requests) if (side === 0) addSlice(slices, start)
    return slices
  }
  return unevenness(slicesOf(some.filter(isCounted)), slicesOf(all))
}
