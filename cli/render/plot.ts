/** Lines of characters from numbers. Pure; what `timeseries` is drawn with. */
import { type PlotConfig, plot } from 'asciichart'
import type { Unit } from './units.ts'

type Symbols = NonNullable<PlotConfig['symbols']>

/** asciichart's symbols, one set for each line that must be told apart without colour; it never draws the third and fourth. */
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
  /** The values that get a label: `rows / ticks` rows apart, from the highest to the lowest. */
  ticks: number[]
}

const TICKS = 4

/** An axis from zero (or below) to a round number that no value exceeds, with `rows` a multiple of four. */
export function axisFor(values: number[], rows: number, unit: Unit | undefined): Axis {
  const high = values.reduce((a, b) => Math.max(a, b), 0)
  const low = values.reduce((a, b) => Math.min(a, b), 0)
  const rough = (high - low) / TICKS || 1 / TICKS
  const whole = values.every(Number.isInteger)
  let step = roundStep(rough, unit)
  if (whole) step = Math.max(1, Math.ceil(step))
  // With values below zero the ticks still fall on zero, which may take another step.
  while (Math.ceil(high / step) - Math.floor(low / step) > TICKS) {
    step = roundStep(step * 1.01, unit)
    if (whole) step = Math.ceil(step)
  }
  const min = Math.floor(low / step) * step
  const max = min + TICKS * step
  return { min, max, rows, ticks: Array.from({ length: TICKS + 1 }, (_, i) => max - i * step) }
}

function roundStep(rough: number, unit: Unit | undefined): number {
  if (unit === 'bytes' && rough > 1) return 2 ** Math.ceil(Math.log2(rough))
  const base = 10 ** Math.floor(Math.log10(rough))
  const factor = [1, 2, 2.5, 3, 4, 5, 6, 8].find((one) => one * base >= rough) ?? 10
  return factor * base
}

/**
 * One line, as rows of single characters from top to bottom; a space where it is not. A null is a gap: asciichart fails on
 * anything that is no number, so it draws the gap as the value after it, and those columns are wiped out again.
 */
export function line(values: (number | null)[], axis: Axis, symbols: Symbols): string[] {
  const filled = values.slice() as (number | null)[]
  for (let i = filled.length - 1; i >= 0; i--) filled[i] ??= filled[i + 1] ?? null
  const points = filled.map((value) => value ?? axis.min)
  // asciichart draws what lies between two points; the first one twice gives each point its own column.
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
