/** Counts of values over time, in shades. */

import type { Table } from '../../result.ts'
import { formatNumber, formatRound } from '../../units/units.ts'
import { columnKind } from '../cell.ts'
import type { Screen } from '../renderer.ts'
import { padStart, printable, textWidth } from '../text.ts'
import { heading, noRows, theme } from '../theme.ts'
import { INCOMPLETE_NOTE, incompleteBuckets, timeline } from '../timeline.ts'
import { renderTable } from './table.ts'

const SHADES = ['·', '░', '▒', '▓', '█']
const MOST_ROWS = 16

/**
 * `result` has a time, the lower bound of a bin of values (with its unit) and a count: the first column of a time type
 * and the first two of numbers. A row for each bin, the highest on top; empty bins keep their place where the bounds
 * grow evenly, by a step or by a factor, and so do the buckets of the window. Anything else is shown as a table.
 */
export function renderHeatmap(result: Table, screen: Screen): string {
  const { title, columns, rows } = result
  if (rows.length === 0) return noRows(title, screen)
  const time = columns.find((column) => columnKind(column) === 'time')
  const [bin, count] = columns.filter((column) => columnKind(column) === 'number')
  if (!time || !bin || !count) return renderTable(result, screen)

  const bounds = ladder(rows.map((row) => Number(row[bin.name] ?? 0)))
  const merged = Math.ceil(bounds.length / MOST_ROWS)
  const levels = bounds.filter((_, i) => i % merged === 0)
  const levelOf = new Map(bounds.map((bound, i) => [bound, Math.floor(i / merged)]))
  const show = (value: number) =>
    bin.unit ? formatRound(value, bin.unit) : formatNumber(Number(value.toPrecision(3)))
  const labels = levels.map(show)
  const margin = Math.max(...labels.map(textWidth))
  const times = [...(result.buckets?.() ?? []), ...rows.map((row) => String(row[time.name]))]
  const over = timeline(times, Math.max(10, screen.width - margin - 2), screen.timeZone)
  const cells = levels.map(() => new Array<number>(over.width).fill(0))
  for (const row of rows) {
    const place = over.columns(String(row[time.name]))
    const level = levelOf.get(Number(row[bin.name] ?? 0))
    if (!place || level === undefined) continue
    for (let i = place[0]; i < place[1]; i++) cells[level]![i]! += Number(row[count.name] ?? 0)
  }

  const { dim, bar } = theme(screen.colour)
  const most = cells.reduce((most, row) => row.reduce((a, b) => Math.max(a, b), most), 0)
  const every = Math.ceil(levels.length / 8)
  const drawn = levels.map((_, level) => {
    const label = padStart(level % every === 0 ? labels[level]! : '', margin)
    const shades = cells[level]!.map((value) => shade(value, most)).join('')
    return `${dim(`${label} │`)}${shades.trimEnd() === '' ? '' : bar(shades.trimEnd())}`
  })
  const indent = ' '.repeat(margin + 1)
  const incomplete = incompleteBuckets(times, result, time)
  const note = [
    over.note,
    merged > 1 ? `${merged} bins a row` : '',
    incomplete.size > 0 ? INCOMPLETE_NOTE : '',
  ]
    .filter(Boolean)
    .join(' · ')
  return [
    heading(title, note, screen),
    ...drawn.reverse(),
    dim(`${indent}└${over.marked(incomplete).rule}`),
    dim(`${indent} ${over.axis[1]}`),
    scale(most, count.name, screen),
  ].join('\n')
}

/** Counts span decades, and a few slow requests are what one looks for: shades go by the logarithm. */
function shade(value: number, most: number): string {
  if (!(value > 0)) return ' '
  if (most <= 1) return SHADES.at(-1)!
  const share = Math.log(Math.max(1, value)) / Math.log(most)
  return SHADES[Math.min(SHADES.length - 1, Math.floor(share * SHADES.length))]!
}

/** The counts of each shade, in lines no wider than the screen. */
function scale(most: number, name: string, { width, colour }: Screen): string {
  const { dim, bar } = theme(colour)
  const show = (count: number) => formatRound(count, 'short')
  const lines = ['']
  let used = 0
  for (const [i, symbol] of SHADES.entries()) {
    const last = i === SHADES.length - 1
    const from = Math.ceil(most ** (i / SHADES.length))
    const to = last ? most : Math.ceil(most ** ((i + 1) / SHADES.length)) - 1
    if (to < from || (most <= 1 && !last)) continue
    const range = from === to ? show(from) : `${show(from)}–${show(to)}`
    if (used + range.length + 4 > width) {
      lines.push('')
      used = 0
    }
    lines[lines.length - 1] += `${used ? '  ' : ''}${bar(symbol)} ${dim(range)}`
    used += range.length + 4
  }
  const label = printable(name)
  if (used + textWidth(label) > width) lines.push(dim(label))
  else lines[lines.length - 1] += `  ${dim(label)}`
  return lines.join('\n')
}

/**
 * All bounds from the lowest to the highest, with those that are missing between, if one step or factor explains them.
 */
function ladder(values: number[]): number[] {
  const known = [...new Set(values)].sort((a, b) => a - b)
  const even = [bySteps(known), byFactors(known)].filter((bounds) => bounds !== undefined)
  return even.sort((a, b) => a.length - b.length)[0] ?? known
}

function bySteps(known: number[]): number[] | undefined {
  return filled(
    known,
    (from, to) => to - from,
    (from, n, step) => from + n * step,
  )
}

/** A bin from zero stands below those that grow. */
function byFactors(known: number[]): number[] | undefined {
  const grown = filled(
    known.filter((value) => value !== 0),
    (from, to) => Math.log(to / from),
    (from, n, step) => from * Math.exp(n * step),
  )
  return grown && known[0]! >= 0 ? [...known.filter((value) => value === 0), ...grown] : undefined
}

function filled(
  known: number[],
  distance: (from: number, to: number) => number,
  nth: (from: number, n: number, step: number) => number,
): number[] | undefined {
  const first = known[0]
  if (first === undefined || known.length < 3) return undefined
  const step = known.reduce(
    (least, value, i) => (i === 0 ? least : Math.min(least, distance(known[i - 1]!, value))),
    Number.POSITIVE_INFINITY,
  )
  const places = known.map((value) => distance(first, value) / step)
  const even = places.every((place) => Math.abs(place - Math.round(place)) < 0.05)
  const length = Math.round(places.at(-1)!) + 1
  if (!even || length > 1000) return undefined
  const bounds = Array.from({ length }, (_, n) => nth(first, n, step))
  // Computed bounds differ from those of the result by rounding.
  known.forEach((value, i) => {
    bounds[Math.round(places[i]!)] = value
  })
  return bounds
}
