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

/** The slices of requests before. */
export function slicesBefore(requests: Iterable<{ side: 0 | 1; start: number }>): Slices {
  const slices: Slices = new Map()
  for (const { side, start } of requests) if (side === 0) addSlice(slices, start)
  return slices
}

/**
 * By how many times the variance of the number of events exceeds that of independent ones: Pearson's X² by its degrees
 * of freedom, as for quasi-likelihood (McCullagh and Nelder, 1989). 1 where chance explains it. A customer who tries
 * again ten times makes ten errors, which are one event.
 * @param all what the events are part of: its slices are read once, as one of thousands of types of request has few
 */
export function unevennessIn(all: Slices): (events: Slices) => number {
  let inverses = 0
  for (const n of all.values()) inverses += 1 / n
  const [total, degrees] = [sum(all), all.size - 1]
  return (events) => {
    const count = sum(events)
    const share = count / Math.max(1, total)
    if (degrees < 1 || share <= 0 || share >= 1) return 1
    // As if no slice had events, and then those that have some.
    let squares = count / (1 - share)
    for (const [slice, n] of events) {
      const expected = share * (all.get(slice) ?? 0)
      if (expected > 0) squares += (n * (n - 2 * expected)) / (expected * (1 - share))
    }
    const variance = 2 * all.size + inverses / share
    return squares - degrees > CLEAR * Math.sqrt(variance) ? squares / degrees : 1
  }
}

function sum(slices: Slices): number {
  let total = 0
  for (const n of slices.values()) total += n
  return total
}
