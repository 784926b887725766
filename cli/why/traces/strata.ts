/** Values by type of request: another mix of types is not a change of any. */
import type { Alone, Both } from '../finding.ts'

interface Moments {
  count: number
  sum: number
  squares: number
}

/** What a value is of: the type of a request and its duration in ns. */
export interface Of {
  side: 0 | 1
  type: string
  duration: number
}

/** Values of one operation, and the durations of the requests that they are of, by type. */
export type Strata = Map<string, { values: Both<Moments>; durations: Both<Moments> }>

/** Values of each side that tell a mean of skewed ones. */
const FEWEST = 30

const none = (): Both<Moments> => [
  { count: 0, sum: 0, squares: 0 },
  { count: 0, sum: 0, squares: 0 },
]

export function addStratum(strata: Strata, value: number, { side, type, duration }: Of): void {
  let one = strata.get(type)
  if (!one) {
    one = { values: none(), durations: none() }
    strata.set(type, one)
  }
  add(one.values[side], value)
  add(one.durations[side], duration)
}

function add(moments: Moments, value: number): void {
  moments.count++
  moments.sum += value
  moments.squares += value * value
}

/** A mean before and what it grew by, both of the types as they are after, and z of Welch's test that it grew. */
interface Growth {
  before: number
  grown: number
  z: number
}

/**
 * How values, and durations of requests, grew within types.
 * @param expected how many times the usual they are to be at least; undefined where too few tell it
 */
export function growthWithin(
  strata: Strata,
  expected: number,
): { value: Growth; duration: Growth } | undefined {
  const all = [...strata.values()].filter(({ values }) => values.every(({ count }) => count > 1))
  const counts = [0, 1].map((side) =>
    all.reduce((sum, { values }) => sum + values[side as 0 | 1].count, 0),
  ) as Both<number>
  if (Math.min(...counts) < FEWEST) return undefined
  const growth = (of: 'values' | 'durations', times: number): Growth => {
    let [before, grown, squared] = [0, 0, 0]
    for (const { [of]: moments } of all) {
      const weight = moments[1].count / counts[1]
      const [was, is] = moments.map(({ sum, count }) => sum / count) as Both<number>
      before += weight * was
      grown += weight * (is - times * was)
      squared += weight ** 2 * (squaredError(moments[1]) + times ** 2 * squaredError(moments[0]))
    }
    return { before, grown, z: grown === 0 ? 0 : grown / Math.sqrt(squared) }
  }
  return { value: growth('values', expected), duration: growth('durations', 1) }
}

/** A type grew, or did not, from this ratio of means on, and with this z. */
const GREW = 1.3
const SAME = 1.1
const CLEAR = 4

/** Of several types that are frequent enough to tell, the one whose values certainly grew, where no others did. */
export function grownAlone(strata: Strata): Alone | undefined {
  const means = [...strata].flatMap(([type, { values }]) => {
    if (values.some(({ count }) => count < FEWEST)) return []
    const [before, after] = values.map(({ sum, count }) => sum / count) as Both<number>
    const z = (after - before) / Math.sqrt(squaredError(values[0]) + squaredError(values[1]))
    return [{ type, before, after, z }]
  })
  const [most, ...others] = means.sort((a, b) => b.after / b.before - a.after / a.before)
  if (!most || others.length === 0 || most.after < GREW * most.before || most.z < CLEAR)
    return undefined
  if (others.some(({ before, after }) => after > SAME * before)) return undefined
  const { type, before, after } = most
  return { type, before, after }
}

/** Of the mean. */
const squaredError = ({ count, sum, squares }: Moments) =>
  Math.max(0, squares - sum ** 2 / count) / (count - 1) / count
