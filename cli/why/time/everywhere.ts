/** The change that all operations of all services share: a busy machine, not an operation. */
import { type Both, mean } from '../finding.ts'

/** An operation's own times, as far as the comparison needs them. */
interface Timing {
  service: string
  peer?: unknown
  /** ln of how many times the usual it takes. */
  ratio: number
  times: Both<readonly number[]>
}

export interface Common {
  /** ln of how many times the usual operations take, negative if less. */
  growth: number
  /** The mean time of an operation in ns, as the other ones say: a busy machine makes work slower and adds waits. */
  expected(one: Timing): number
  /** A standard deviation of ln of the mean times around the expected ones. */
  spread: number
  services: string[]
  /** Operations that changed so, of those compared. */
  changed: number
  operations: number
}

/** Operations that tell a common slowdown from that of one, and spans that tell how an operation's times changed. */
const FEWEST_OPERATIONS = 6
const FEWEST_SPANS = 5
/** ns by itself. */
const LEAST_TIME = 50_000
/** Least growth of a service, least growth of an operation that counts, and the least share of these. */
const LEAST = Math.log(1.3)
const CHANGED = Math.log(1.1)
const MOST = 0.8
/** Share of the services in which they do. */
const SERVICES = 0.9
/** Standard deviations beyond the common growth that tell an operation of its own. */
const BEYOND = 3
/** ns below which times are noise. */
const FLOOR = 200_000
/** From the median absolute deviation to the standard deviation of a normal distribution. */
const DEVIATIONS = 1.4826

/** By how much nearly all operations of nearly all services take longer, or less long; undefined where they differ. */
export function commonChange(all: readonly Timing[]): Common | undefined {
  const own = all.filter(
    ({ peer, times }) =>
      !peer &&
      times.every(({ length }) => length >= FEWEST_SPANS) &&
      // What takes hardly any time hardly takes longer.
      mean(times[0]) >= LEAST_TIME,
  )
  if (own.length < FEWEST_OPERATIONS) return undefined
  const ratios = own.map(({ ratio }) => ratio)
  const growth = median(ratios)
  const isSo = (ratio: number, least: number) => ratio * Math.sign(growth) >= least
  const changed = ratios.filter((ratio) => isSo(ratio, CHANGED)).length
  const services = [...new Set(own.map(({ service }) => service))]
  const affected = services.filter((service) =>
    isSo(median(own.flatMap((one) => (one.service === service ? one.ratio : []))), LEAST),
  )
  if (changed < MOST * own.length || affected.length < SERVICES * services.length) return undefined
  const expected = expectation(own)
  const common = {
    growth,
    expected,
    spread: 0,
    services: affected,
    changed,
    operations: own.length,
  }
  const spread = DEVIATIONS * median(own.map((one) => Math.abs(residual(one, common))))
  return { ...common, spread }
}

/** ln of how many times the expected time an operation takes; 0 where others differ from theirs as much. */
export function beyond(one: Timing, common: Common): number {
  const own = residual(one, common)
  return own > BEYOND * common.spread ? own : 0
}

function residual(one: Timing, { expected }: Common): number {
  return Math.log((mean(one.times[1]) + FLOOR) / (expected(one) + FLOOR))
}

/** More operations than these are represented by some. */
const MOST_POINTS = 150
const APART = 1.5

/**
 * What an operation takes after by what it takes before: the line through the points of the others. Its slope is the
 * median of those between two points, so that a few beside the line do not turn it. Theil (1950) and Sen (1968).
 * O(n³) in at most so many operations.
 */
function expectation(all: readonly Timing[]): Common['expected'] {
  const step = Math.max(1, all.length / MOST_POINTS)
  const some = all.length <= MOST_POINTS ? all : all.filter((_, i) => i % step < 1)
  const points = some.map((one) => ({ one, x: mean(one.times[0]), y: mean(one.times[1]) }))
  const slopes = points
    .flatMap((a, i) =>
      points
        .slice(i + 1)
        // Of operations that take about as long, the slope is chance.
        .filter(({ x }) => Math.max(x, a.x) > APART * Math.min(x, a.x))
        .map((b) => ({ a, b, slope: (b.y - a.y) / (b.x - a.x) })),
    )
    .sort((a, b) => a.slope - b.slope)
  return (one) => {
    const others = slopes.filter(({ a, b }) => a.one !== one && b.one !== one)
    const slope = Math.max(0, others[others.length >> 1]?.slope ?? 1)
    const rest = points.flatMap(({ one: other, x, y }) => (other === one ? [] : y - slope * x))
    return Math.max(0, median(rest)) + slope * mean(one.times[0])
  }
}

/** The middle value, or the mean of two; 0 without any. */
function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const { length } = sorted
  return mean([...sorted.subarray((length - 1) >> 1, (length >> 1) + 1)])
}
