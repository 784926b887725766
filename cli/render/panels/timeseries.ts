/**
 * Values over time as lines, with axis, local times and legend.
 *
 * One file: axis, lines and legend share one layout.
 */

import type { Column, Table } from '../../result.ts'
import { formatNumber, formatRound, formatUnit } from '../../units/units.ts'
import { cellText, columnKind } from '../cell.ts'
import { axisFor, line, STROKES } from '../plot.ts'
import type { Screen } from '../renderer.ts'
import { FEW_NOTE, fewMark, fewSamples } from '../small-samples.ts'
import { cut, padEnd, padStart, printable, textWidth, wrap } from '../text.ts'
import { heading, lineColours, noRows, type Paint, theme } from '../theme.ts'
import { INCOMPLETE_NOTE, incompleteBuckets, type Timeline, timeline } from '../timeline.ts'
import { renderTable } from './table.ts'

/** As many lines as one can follow, and as there are strokes. */
const MOST = STROKES.length

/** Columns of a line until the next one that shares its cells: one alone would look like a pattern of dots. */
const TURN = 2

/** Instead of an axis, which would have to be invented. */
const NOTHING = 'nothing above 0'

/**
 * `result`'s first column of a time type is the time; text columns name the series; each column of numbers is a line of
 * its own, charts apart where their units differ. Null is a gap. A series without a row where another has one is 0
 * there if it is a rate, and a gap if not. A result without times or numbers is shown as a table, one of zeros and gaps
 * alone as a sentence.
 */
export function renderTimeseries(result: Table, screen: Screen): string {
  const { title, columns, rows } = result
  if (rows.length === 0) return noRows(title, screen)
  const time = columns.find((column) => columnKind(column) === 'time')
  const numbers = columns.filter(
    (column) =>
      columnKind(column) === 'number' && ![result.samples, result.covered].includes(column.name),
  )
  if (!time || numbers.length === 0) return renderTable(result, screen)

  const seen = numbers.filter(({ name }) => rows.some((row) => Number(row[name] ?? 0) !== 0))
  if (seen.length === 0) return heading(title, NOTHING, screen)
  const starts = rows.map((row) => String(row[time.name]))
  const incomplete = incompleteBuckets(starts, result, time)
  const charts = [...new Set(numbers.map(({ unit }) => unit))].map((unit) => {
    const measured = numbers.filter((column) => column.unit === unit)
    if (measured.some((column) => seen.includes(column))) {
      const found = collect(result, time, measured, numbers.length > 1)
      return chart(found, measured[0]!, incomplete, screen)
    }
    return {
      text: wrap(
        `${measured.map(({ name }) => printable(name)).join(', ')}: ${NOTHING}`,
        screen.width,
      ).join('\n'),
      note: '',
      few: false,
    }
  })
  const few = charts.some((one) => one.few) ? FEW_NOTE : ''
  const note = [charts.find((one) => one.note)?.note, few].filter(Boolean).join(' · ')
  const drawn = charts.map(({ text }) => text).join('\n\n')
  return [heading(title, note, screen), drawn].filter(Boolean).join('\n')
}

interface Series {
  name: string
  values: Map<string, number | null>
  /** The number of spans behind a percentile, where it is too small. */
  few: Map<string, number>
}

function collect(result: Table, time: Column, measured: Column[], several: boolean): Series[] {
  const { columns, rows } = result
  // A column that is empty everywhere names nothing: the query has one series.
  const labels = columns.filter(
    (column) => columnKind(column) === 'text' && rows.some((row) => row[column.name]),
  )
  const found = new Map<string, Series>()
  for (const row of rows) {
    const label = labels.map((column) => cellText(row[column.name], column) || "''").join(' ')
    for (const column of measured) {
      const { name } = column
      const full = label && several ? `${label} ${printable(name)}` : label || printable(name)
      const series = found.get(full) ?? { name: full, values: new Map(), few: new Map() }
      found.set(full, series)
      const value = row[name] ?? null
      series.values.set(String(row[time.name]), value === null ? null : Number(value))
      const count = fewSamples(column, row, result)
      if (count !== undefined) series.few.set(String(row[time.name]), count)
    }
  }
  return [...found.values()]
}

interface Chart {
  text: string
  note: string
  /** Whether its legend has a percentile of too few spans. */
  few: boolean
}

function chart(
  all: Series[],
  { unit }: Column,
  incomplete: ReadonlySet<string>,
  screen: Screen,
): Chart {
  const { dim } = theme(screen.colour)
  const times = [...new Set(all.flatMap(({ values }) => [...values.keys()]))]
  const { shown, left } = largest(all, unit)
  const values = shown.flatMap(({ values }) =>
    [...values].flatMap(([at, value]) => (value === null || incomplete.has(at) ? [] : [value])),
  )
  const axis = axisFor(values.filter(Number.isFinite), screen.width >= 120 ? 12 : 8, unit)

  const show = (value: number) => (unit ? formatRound(value, unit) : formatNumber(value))
  const ticks = axis.ticks.map(show)
  const margin = Math.max(...ticks.map(textWidth))
  const over = timeline(times, Math.max(10, screen.width - margin - 2), screen.timeZone)
  const colours = lineColours(
    shown.map(({ name }) => name),
    screen.colour,
  )
  const strokes = shown.map((_, i) => STROKES[i]!)
  const lines = shown.map((one, i) =>
    line(
      // What a part of a bucket has may be far above the axis of the whole ones.
      columnsOf(one, times, over, unit === 'reqps' ? 0 : null).map((value) =>
        value === null ? null : Math.min(value, axis.max),
      ),
      axis,
      strokes[i]!,
    ),
  )
  const { columns: faint, rule } = over.marked(incomplete)
  const every = axis.rows / (ticks.length - 1)
  const plot = Array.from({ length: axis.rows + 1 }, (_, row) => {
    const isTick = row % every === 0
    const label = padStart(isTick ? ticks[row / every]! : '', margin)
    const drawn = overlay(
      lines.map((rows) => rows[row]!),
      strokes.map((symbols) => symbols[4]!),
      colours,
      faint,
      dim,
    )
    return `${dim(`${label} ${isTick ? '┤' : '│'}`)}${drawn}`.trimEnd()
  })
  const indent = ' '.repeat(margin + 1)
  const { entries, few } = legend(shown, times, unit, incomplete)
  return {
    few,
    note: [
      over.note,
      over.crowded ? 'peak of each column' : '',
      incomplete.size > 0 ? INCOMPLETE_NOTE : '',
    ]
      .filter(Boolean)
      .join(' · '),
    text: [
      ...plot,
      dim(`${indent}└${rule}`),
      dim(`${indent} ${over.axis[1]}`),
      ...legendLines(entries, strokes, colours, screen),
      ...(left === '' ? [] : wrap(left, screen.width).map((text) => dim(text))),
    ].join('\n'),
  }
}

/** Units whose values add up to a whole. */
const ADDITIVE: (Column['unit'] | undefined)[] = ['reqps', 'short', 'bytes', undefined]

/** Names that a line without the others lists. */
const NAMED = 6
/** Columns of such a name. */
const LONGEST_NAME = 60

/**
 * The series to draw, in their order: all, or the largest by sum. What adds up has its rest as one more line, and
 * `left` names the series that have no line of their own.
 */
function largest(all: Series[], unit: Column['unit']): { shown: Series[]; left: string } {
  if (all.length <= MOST) return { shown: all, left: '' }
  const sum = ({ values }: Series) => [...values.values()].reduce((a: number, b) => a + (b ?? 0), 0)
  const ranked = all.toSorted((a, b) => sum(b) - sum(a))
  const whole = ADDITIVE.includes(unit)
  const rest = ranked.slice(whole ? MOST - 1 : MOST)
  const shown = all.filter((series) => !rest.includes(series))
  const names = rest.slice(0, NAMED).map(({ name }) => cut(name, LONGEST_NAME))
  const more = rest.length > NAMED ? ` and ${rest.length - NAMED} more` : ''
  const said = `${names.join(', ')}${more}`
  if (!whole) return { shown, left: `lower and not drawn: ${said}` }
  return { shown: [...shown, added(rest)], left: `others: ${said}` }
}

function added(rest: Series[]): Series {
  const values = new Map<string, number | null>()
  for (const { values: own } of rest) {
    for (const [time, value] of own) {
      if (value !== null) values.set(time, (values.get(time) ?? 0) + value)
      else if (!values.has(time)) values.set(time, null)
    }
  }
  return { name: `others (${rest.length})`, values, few: new Map() }
}

function columnsOf(
  { values }: Series,
  times: string[],
  over: Timeline,
  absent: 0 | null,
): (number | null)[] {
  const columns = new Array<number | null>(over.width).fill(null)
  for (const time of times) {
    const value = values.has(time) ? values.get(time)! : absent
    const place = over.columns(time)
    if (!place || value === null || !Number.isFinite(value)) continue
    // A spike that lasts one bucket stays as high as it was.
    for (let i = place[0]; i < place[1]; i++) columns[i] = Math.max(columns[i] ?? value, value)
  }
  return columns
}

/** One row of all lines; level lines that share cells take turns, so that none hides another. */
function overlay(
  rows: string[],
  flat: string[],
  colours: Paint[],
  faint: boolean[],
  dim: Paint,
): string {
  let text = ''
  let run = ''
  let owner = -1
  let pale = false
  const flush = () => {
    const drawn = owner < 0 ? run : colours[owner]!(run)
    text += pale && owner >= 0 ? dim(drawn) : drawn
    run = ''
  }
  for (let column = 0; column < rows[0]!.length; column++) {
    const here = rows.flatMap((row, i) => (row[column] === ' ' ? [] : [i]))
    const level = here.every((i) => rows[i]![column] === flat[i])
    const top = here[level ? Math.floor(column / TURN) % here.length : 0] ?? -1
    if (top !== owner || faint[column] !== pale) flush()
    owner = top
    pale = faint[column]!
    run += top < 0 ? ' ' : rows[top]![column]!
  }
  flush()
  return text
}

interface Entry {
  name: string
  last: string
  max: string
}

/** Last and greatest values of the complete buckets. */
function legend(
  shown: Series[],
  times: string[],
  unit: Column['unit'],
  incomplete: ReadonlySet<string>,
): { entries: Entry[]; few: boolean } {
  const final = times
    .filter((time) => !incomplete.has(time))
    .toSorted()
    .at(-1)!
  let marked = false
  const entries = shown.map(({ name, values, few }): Entry => {
    const show = (value: number | null | undefined, at: string) => {
      if (value === null || value === undefined) return '–'
      marked ||= few.has(at)
      return fewMark(few.get(at)) + (unit ? formatUnit(value, unit) : formatNumber(value))
    }
    let top: [string, number] | undefined
    for (const [at, value] of values) {
      if (value === null || incomplete.has(at)) continue
      if (!top || value > top[1]) top = [at, value]
    }
    return {
      name,
      last: show(values.has(final) ? values.get(final) : unit === 'reqps' ? 0 : null, final),
      max: top ? show(top[1], top[0]) : show(null, final),
    }
  })
  return { entries, few: marked }
}

/** Of a line's name in columns, where it is longer. */
const SHORTEST_NAME = 8

function legendLines(
  entries: Entry[],
  strokes: string[][],
  colours: Paint[],
  { width, colour }: Screen,
): string[] {
  const { dim } = theme(colour)
  const widest = (key: 'name' | 'last' | 'max') =>
    Math.max(...entries.map((entry) => textWidth(entry[key])))
  const [most, beside] = [widest('name'), width - widest('last') - 12]
  // A narrow screen has no room for both numbers beside what the line is.
  const hasMax = beside - widest('max') - 6 >= Math.min(most, SHORTEST_NAME)
  const names = Math.min(most, hasMax ? beside - widest('max') - 6 : beside)
  return entries.map(({ name, last, max }, i) => {
    const mark = colours[i]!(strokes[i]![4]!.repeat(2))
    const numbers = [
      `${dim('last')} ${padStart(last, widest('last'))}`,
      ...(hasMax ? [`${dim('max')} ${padStart(max, widest('max'))}`] : []),
    ]
    return `${mark} ${padEnd(cut(name, names), names)}  ${numbers.join('  ')}`
  })
}
