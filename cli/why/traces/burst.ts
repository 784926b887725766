/** When the slow requests of a window were, where nearly all were in one part of it. */
import { proportionZ } from '../tests.ts'

export interface Burst {
  /** ns from the beginning of the window. */
  from: number
  to: number
  /** Slow requests in this part, and in the whole window. */
  slow: number
  all: number
  /** The share of the window that it is. */
  part: number
  /** Whether it lasts until the end of the window. */
  isOpen: boolean
}

interface Timed {
  start: number
  duration: number
}

/** Fewer slow requests say nothing about when they were. */
const FEWEST = 5
/** Share of the slow requests that the part has. */
const SHARE = 0.9
/** A longer part of the window says nothing. */
const LONGEST = 0.8
/** A part goes on up to a gap of so many times its mean gap. */
const GAPS = 4
/**
 * Least z of the test that slow requests are more frequent in the part than others. It is high, because the part was
 * chosen among many.
 */
const CLEAR = 4

/**
 * The shortest part of the window that has nine of ten slow requests, and what goes on at its ends. O(n log n).
 * @returns undefined where it is most of the window, or where chance gives such parts
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
  const gap = (GAPS * lengthFrom(first)) / (size - 1)
  let end = first + size
  while (first > 0 && slow[first]!.start - slow[first - 1]!.start <= gap) first--
  while (end < slow.length && slow[end]!.start - slow[end - 1]!.start <= gap) end++
  const own = slow.slice(first, end)
  const [from, last] = [own[0]!.start, own.at(-1)!.start]
  const isIn = ({ start }: T) => start >= from && start <= last
  const others = requests.filter((one) => !isSlow(one))
  const starts = requests.map(({ start }) => start)
  const until = starts.reduce((a, b) => Math.max(a, b), 0)
  const part = (last - from) / (until - starts.reduce((a, b) => Math.min(a, b)))
  if (part > LONGEST) return undefined
  const counts: [number, number] = [others.filter(isIn).length, own.length]
  if (proportionZ(counts, [others.length, slow.length]) < CLEAR) return undefined
  const to = own.reduce((latest, { start, duration }) => Math.max(latest, start + duration), 0)
  const isOpen = until - last <= gap
  return { from, to, slow: own.length, all: slow.length, part, isOpen }
}
