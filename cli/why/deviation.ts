/** How the shape of a span differs from the usual ones of its operation. */
import { callIn } from './calls.ts'
import type { Both } from './finding.ts'
import type { Slices } from './uneven.ts'

/** The number of a span's own error status; lines are -1 - number, operations their number. */
export const STATUS = -1e9
/** A shape is usual if more than a tenth of the spans before had it, at least two. */
export const USUAL = 0.1

/** Spans of one operation, as far as their circumstances are the same. */
export interface Shaped {
  service: string
  name: string
  spans: Both<number>
  shapes: Map<string, Both<number>>
  /** Spans below all those before, by shape. */
  below: Map<string, number>
  /** Set by judgeShapes: usual shapes, how the others deviate, and counts of spans that begin a deviation. */
  usual?: Usual[]
  judged: Map<string, Deviation | undefined>
  origins: Record<'error' | 'lost', Both<number>>
  /** The same before, by time. */
  before: Record<'error' | 'lost', Slices>
  /** Missing and added parts of deviating spans → spans. */
  parts: Map<string, Both<number>>
  traces: string[]
}

interface Usual {
  key: string
  parts: Set<number>
  count: number
  /** Mean number of spans below. */
  below: number
  /** Calls count without what they call: it is another one most times, as behind a gateway. */
  isPlain: boolean
}

export interface Deviation {
  kind: 'error' | 'lost'
  missing: number[]
  added: number[]
  /** Mean number of spans below those with the usual shape. A span that has more went further, and lost nothing. */
  usualBelow: number
}

/**
 * How a shape differs from the most similar usual one: an error more, or more parts missing than added.
 * Undefined where it is usual, only has more, has swapped parts, or has an error less.
 */
export function deviation(
  place: Shaped,
  shape: string,
  isError: (part: number) => boolean,
): Deviation | undefined {
  place.usual ??= usualOf(place)
  const [first] = place.usual
  if (!first) return undefined
  const own = partsOf(shape, first.isPlain)
  const key = own.join(',')
  if (place.usual.some((one) => one.key === key)) return undefined
  const set = new Set(own)
  const [nearest] = place.usual
    .map(({ parts, count, below }) => ({
      below,
      missing: [...parts].filter((part) => !set.has(part)),
      added: own.filter((part) => !parts.has(part)),
      count,
    }))
    .sort(
      (a, b) =>
        a.missing.length + a.added.length - b.missing.length - b.added.length || b.count - a.count,
    )
  const { missing, added, below: usualBelow } = nearest!
  if (added.some(isError)) return { kind: 'error', missing, added, usualBelow }
  if (missing.some(isError) || missing.length <= added.length) return undefined
  return { kind: 'lost', missing, added, usualBelow }
}

function usualOf(place: Shaped): Usual[] {
  for (const isPlain of [false, true]) {
    const all = new Map<string, Usual>()
    for (const [shape, [count]] of place.shapes) {
      const parts = partsOf(shape, isPlain)
      const key = parts.join(',')
      const one = all.get(key) ?? { key, parts: new Set(parts), count: 0, below: 0, isPlain }
      one.count += count
      one.below += place.below.get(shape) ?? 0
      all.set(key, one)
    }
    const usual = [...all.values()]
      .filter(({ count }) => count > 1 && count > USUAL * place.spans[0])
      .map((one) => ({ ...one, below: one.below / one.count }))
    if (usual.length > 0) return usual
  }
  return []
}

function partsOf(shape: string, isPlain: boolean): number[] {
  const parts = shape === '' ? [] : shape.split(',').map(Number)
  return isPlain ? [...new Set(parts.map(callIn))].sort((a, b) => a - b) : parts
}
