/** When the slow requests of a window were, where nearly all were in one part of it. */
import { proportionZ } from '../tests.ts'

export interface Burst {
  /** ns from the beginning of the window. */
  from: number
  to: number
  /** Slow requests in this part, and in the whole window. */
  slow: number
  all: number
}

interface Timed {
  start: number
  duration: number
}

/** Fewer slow requests say nothing about when they were. */
const FEWEST = 5
/** Share of the slow requests that the part has. */
const SHARE = 0.9
/**
 * Least z of the test that slow requests are more frequent in the part than others. It is high, because the part was
 * chosen among many.
 */
const CLEAR = 4

/**
 * The shortest part of the window that has nine of ten slow requests. O(n log n).
 * @returns undefined where it is half of the window or more, or where chance gives such parts
 */
export function burstOf<T extends Timed>(
  requests: readonly T[],
  isSlow: (request: T) => boolean,
): Burst | undefined {
  const slow = requests.filter(isSlow).sort((a, b) => a.start - b.start)
  if (slow.length < FEWEST) return undefined
  const size = Math.ceil(SHARE * slow.length)
  let first = 0
  const lengthFrom = (i: number) => slow[i + size - 1]!.start - slow[i]!.start
  for (let i = 1; i + size <= slow.length; i++) if (lengthFrom(i) < lengthFrom(first)) first = i
  const own = slow.slice(first, first + size)
  const [from, last] = [own[0]!.start, own.at(-1)!.start]
  const isIn = ({ start }: T) => start >= from && start <= last
  const others = requests.filter((one) => !isSlow(one))
  const starts = requests.map(({ start }) => start)
  const range = starts.reduce((a, b) => Math.max(a, b), 0) - starts.reduce((a, b) => Math.min(a, b))
  if (last - from > range / 2) return undefined
  const counts: [number, number] = [others.filter(isIn).length, size]
  if (proportionZ(counts, [others.length, slow.length]) < CLEAR) return undefined
  const to = own.reduce((end, { start, duration }) => Math.max(end, start + duration), 0)
  return { from, to, slow: size, all: slow.length }
}
