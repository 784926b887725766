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
  /** ln of how many times the usual operations take, negative if less; and its spread, a standard deviation. */
  growth: number
  spread: number
  services: string[]
  /** Operations that changed so, of those compared. */
  changed: number
  operations: number
}

/** Operations that tell a common slowdown from that of one, and spans that tell how an operation's times changed. */
const FEWEST_OPERATIONS = 6
const FEWEST_SPANS = 5
/** Least growth of a service, least growth of an operation that counts, and the least share of these. */
const LEAST = Math.log(1.3)
const CHANGED = Math.log(1.1)
const MOST = 0.8
/** Share of the services in which they do. */
const SERVICES = 0.9
/** Standard deviations beyond the common growth that tell an operation of its own. */
const BEYOND = 3
/** From the median absolute deviation to the standard deviation of a normal distribution. */
const DEVIATIONS = 1.4826

/** By how much nearly all operations of nearly all services take longer, or less long; undefined where they differ. */
export function commonChange(all: readonly Timing[]): Common | undefined {
  const own = all.filter(
    ({ peer, times }) => !peer && times.every(({ length }) => length >= FEWEST_SPANS),
  )
  if (own.length < FEWEST_OPERATIONS) return undefined
  const ratios = own.map(({ ratio }) => ratio)
  const growth = median(ratios)
  const isSo = (ratio: number, least: number) => ratio * Math.sign(growth) >= least
  const changed = ratios.filter((ratio) => isSo(ratio, CHANGED)).length
  const services = [...new Set(own.map(({ service }) => service))]
  const alike = services.filter((service) =>
    isSo(median(own.flatMap((one) => (one.service === service ? one.ratio : []))), LEAST),
  )
  if (changed < MOST * own.length || alike.length < SERVICES * services.length) return undefined
  const spread = DEVIATIONS * median(ratios.map((ratio) => Math.abs(ratio - growth)))
  return { growth, spread, services: alike, changed, operations: own.length }
}

/** The ratio beyond what is common; 0 where others differ from it as much. */
export function beyond(ratio: number, { growth, spread }: Common): number {
  return ratio > growth + BEYOND * spread ? ratio - growth : 0
}

/** The middle value, or the mean of two; 0 without any. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const { length } = sorted
  return mean([...sorted.subarray((length - 1) >> 1, (length >> 1) + 1)])
}
