// Round times for an axis.
import { took } from './common.js'

const UNITS = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
]
const SECOND = 1e9
const CLOCK = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400]

/**
 * About `most` round times in a stretch (ns), as `{ at, text }`. All are in the same unit and have the digits that tell
 * one from the next, however small a stretch of a long trace it is: `10.0012 ms`, `10.0014 ms`.
 */
export function axis(from, to, most) {
  const step = roundStep((to - from) / Math.max(1, most))
  const count = Math.floor((to - from) / step) + 1
  const first = Math.ceil(from / step)
  return Array.from({ length: count }, (_, i) => (first + i) * step)
    .filter((at) => at <= to)
    .map((at) => ({ at, text: at === 0 ? '0' : label(at, step, to) }))
}

function roundStep(least) {
  if (least > SECOND) {
    const clock = CLOCK.find((seconds) => seconds * SECOND >= least)
    return (clock ?? 86400 * Math.ceil(least / SECOND / 86400)) * SECOND
  }
  const power = 10 ** Math.floor(Math.log10(least))
  return power * ([1, 2, 5].find((times) => times * power >= least * 0.999) ?? 10)
}

function label(at, step, to) {
  if (to >= 60 * SECOND && step >= SECOND) return took(at)
  const [size, unit] = UNITS.find(([size]) => to >= size) ?? UNITS[3]
  const digits = Math.max(0, -Math.floor(Math.log10((step / size) * 1.0001)))
  return `${(at / size).toFixed(digits)} ${unit}`
}
