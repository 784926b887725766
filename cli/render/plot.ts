/** Lines of characters from numbers, and the axis they share. */
import { type PlotConfig, plot } from 'asciichart'
import type { Unit } from '../units/units.ts'

type Symbols = NonNullable<PlotConfig['symbols']>

/** asciichart's symbols, one set for each line, distinct without colour; it never draws the third and fourth. */
export const STROKES: Symbols[] = [
  ['┼', '┤', '╶', '╴', '─', '╰', '╭', '╮', '╯', '│'],
  ['┼', '┤', '╺', '╸', '━', '┗', '┏', '┓', '┛', '┃'],
  ['┼', '┤', '╶', '╴', '═', '╚', '╔', '╗', '╝', '║'],
  ['┼', '┤', '╶', '╴', '╌', '╰', '╭', '╮', '╯', '╎'],
  ['┼', '┤', '╺', '╸', '╍', '┗', '┏', '┓', '┛', '╏'],
  ['┼', '┤', '·', '·', '·', '·', '·', '·', '·', ':'],
]

export interface Axis {
  min: number
  max: number
  /** Rows between `min` and `max`; one more is drawn. */
  rows: number
  /** The values that get a label: `rows / (ticks.length - 1)` rows apart, from the highest to the lowest. */
  ticks: number[]
}

/** Labels at every one to five steps: fewer leave half of the plot empty, more make it a list. */
const STEPS = { fewest: 3, most: 5 }

/** The larger units of durations and sizes, which are not powers of ten, as multiples of the raw number. */
const LARGER: Partial<Record<Unit, number[]>> = {
  bytes: [1024, 1024 ** 2, 1024 ** 3, 1024 ** 4],
  ns: [60e9, 3600e9, 86_400e9],
  ms: [60e3, 3600e3, 86_400e3],
  s: [60, 3600, 86_400],
}

/** Units of whole numbers. */
const COUNTED: (Unit | undefined)[] = [undefined, 'none', 'short', 'bytes', 'ns']

/**
 * The axis from zero (or below) to a round number that no value exceeds, at least `rows` high: of the steps 1, 2, 2.5
 * and 5 × 10^n (of a minute, of a KiB) the step that leaves the least of the plot empty. Zero has a label.
 */
export function axisFor(values: number[], rows: number, unit: Unit | undefined): Axis {
  const high = values.reduce((a, b) => Math.max(a, b), 0)
  const low = values.reduce((a, b) => Math.min(a, b), 0)
  const span = high - low || 1
  const base = (unit && LARGER[unit]?.findLast((size) => size <= span)) ?? 1
  const counted = COUNTED.includes(unit) && values.every(Number.isInteger)
  let best: { step: number; up: number; down: number } | undefined
  for (let power = Math.floor(Math.log10(span / base)) - 1; power < 309; power++) {
    for (const factor of [1, 2, 2.5, 5]) {
      const step = Number(`${factor}e${power}`) * base
      if (counted && !Number.isInteger(step)) continue
      const up = steps(high, step)
      const down = steps(-low, step)
      if (up + down > STEPS.most) continue
      // Accept the first step in any case: a single call has only the labels 0 and 1.
      if (best && up + down < STEPS.fewest) return axis(best, rows)
      if (!best || (up + down) * step < (best.up + best.down) * best.step) best = { step, up, down }
    }
  }
  return axis(best!, rows)
}

/** How many steps reach `value`: 0.3 is three of 0.1, although doubles say a little more. */
function steps(value: number, step: number): number {
  return Math.max(0, Math.ceil(value / step - 1e-9))
}

function axis({ step, up, down }: { step: number; up: number; down: number }, rows: number): Axis {
  const count = Math.max(1, up + down)
  const tick = (n: number) => Number((n * step).toPrecision(15))
  const ticks = Array.from({ length: count + 1 }, (_, i) => tick(count - down - i))
  return { min: ticks.at(-1)!, max: ticks[0]!, rows: Math.ceil(rows / count) * count, ticks }
}

/**
 * One line, as rows of single characters from top to bottom, padded with spaces. A null is a gap: asciichart fails on
 * null and NaN, so a gap is drawn as the value after it, and its columns are erased afterwards.
 */
export function line(values: (number | null)[], axis: Axis, symbols: Symbols): string[] {
  const filled = values.slice() as (number | null)[]
  for (let i = filled.length - 1; i >= 0; i--) filled[i] ??= filled[i + 1] ?? null
  const points = filled.map((value) => value ?? axis.min)
  // asciichart draws the segments between points; repeating the first gives each point its own column.
  const drawn = plot([[points[0]!, ...points]], {
    min: axis.min,
    max: axis.max,
    height: axis.rows,
    offset: 1,
    format: () => ' ',
    symbols,
  })
  return drawn.split('\n').map((row) => {
    return values.map((value, i) => (value === null ? ' ' : row[i + 1]!)).join('')
  })
}
