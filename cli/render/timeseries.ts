/** Values over time as lines, with an axis, local times and a legend. Pure; the renderer of `@panel timeseries`. */
import { cellText, columnKind } from './cell.ts'
import { axisFor, line, STROKES } from './plot.ts'
import type { Answer, Column, Screen } from './renderer.ts'
import { table } from './table.ts'
import { cut, padEnd, padStart, printable, textWidth, wrap } from './text.ts'
import { heading, lineColours, noRows, type Paint, theme } from './theme.ts'
import { type Timeline, timeline } from './timeline.ts'
import { formatNumber, formatRound, formatUnit } from './units.ts'

/** As many lines as one can follow, and as there are strokes. */
const MOST = STROKES.length

/** Instead of an axis, which would have to be invented. */
const NOTHING = 'nothing above 0'

/**
 * `answer`'s first column of a time type is the time; text columns name the series; each column of numbers is a line of its
 * own, charts apart where their units differ. Null is a gap. A series without a row where another has one is 0 there if it is
 * a rate, and a gap if not. An answer without times or numbers is shown as a table, one of zeros and gaps alone as a sentence.
 */
export function timeseries(answer: Answer, screen: Screen): string {
  const { title, columns, rows } = answer
  if (rows.length === 0) return noRows(title, screen)
  const time = columns.find((column) => columnKind(column) === 'time')
  const numbers = columns.filter((column) => columnKind(column) === 'number')
  if (!time || numbers.length === 0) return table(answer, screen)

  const seen = numbers.filter(({ name }) => rows.some((row) => Number(row[name] ?? 0) !== 0))
  if (seen.length === 0) return heading(title, NOTHING, screen)
  const charts = [...new Set(numbers.map(({ unit }) => unit))].map((unit) => {
    const measured = numbers.filter((column) => column.unit === unit)
    if (measured.some((column) => seen.includes(column))) {
      return chart(collect(answer, time, measured, numbers.length > 1), measured[0]!, screen)
    }
    return {
      text: wrap(
        `${measured.map(({ name }) => printable(name)).join(', ')}: ${NOTHING}`,
        screen.width,
      ).join('\n'),
      note: '',
    }
  })
  const note = charts.find((one) => one.note)?.note ?? ''
  const drawn = charts.map(({ text }) => text).join('\n\n')
  return [heading(title, note, screen), drawn].filter(Boolean).join('\n')
}

interface Series {
  name: string
  values: Map<string, number | null>
}

function collect(
  { columns, rows }: Answer,
  time: Column,
  measured: Column[],
  several: boolean,
): Series[] {
  // A column that is empty everywhere names nothing: the question was not split.
  const labels = columns.filter(
    (column) => columnKind(column) === 'text' && rows.some((row) => row[column.name]),
  )
  const found = new Map<string, Series>()
  for (const row of rows) {
    const label = labels.map((column) => cellText(row[column.name], column) || "''").join(' ')
    for (const { name } of measured) {
      const full = label && several ? `${label} ${printable(name)}` : label || printable(name)
      const series = found.get(full) ?? { name: full, values: new Map() }
      found.set(full, series)
      const value = row[name] ?? null
      series.values.set(String(row[time.name]), value === null ? null : Number(value))
    }
  }
  return [...found.values()]
}

function chart(all: Series[], { unit }: Column, screen: Screen): { text: string; note: string } {
  const { dim } = theme(screen.colour)
  const times = [...new Set(all.flatMap(({ values }) => [...values.keys()]))]
  const sum = ({ values }: Series) => [...values.values()].reduce((a: number, b) => a + (b ?? 0), 0)
  const labelled = all.length > MOST
  const shown = labelled ? all.toSorted((a, b) => sum(b) - sum(a)).slice(0, MOST) : all
  const values = shown.flatMap((one) => [...one.values.values()].filter((v) => v !== null))
  const axis = axisFor(values.filter(Number.isFinite), screen.width >= 120 ? 12 : 8, unit)

  const show = (value: number) => (unit ? formatRound(value, unit) : formatNumber(value))
  const ticks = axis.ticks.map(show)
  const margin = Math.max(...ticks.map(textWidth))
  const over = timeline(times, Math.max(10, screen.width - margin - 2), screen.timeZone)
  const colours = lineColours(
    shown.map(({ name }) => name),
    screen.colour,
  )
  const strokes = shown.map((_, i) => STROKES[screen.colour.level === 0 ? i : 0]!)
  const lines = shown.map((one, i) =>
    line(columnsOf(one, times, over, unit === 'reqps' ? 0 : null), axis, strokes[i]!),
  )
  const every = axis.rows / (ticks.length - 1)
  const plot = Array.from({ length: axis.rows + 1 }, (_, row) => {
    const isTick = row % every === 0
    const label = padStart(isTick ? ticks[row / every]! : '', margin)
    const drawn = overlay(
      lines.map((rows) => rows[row]!),
      colours,
    )
    return `${dim(`${label} ${isTick ? '┤' : '│'}`)}${drawn}`.trimEnd()
  })
  const [rule, labels] = over.axis
  const indent = ' '.repeat(margin + 1)
  const hidden = all.length - shown.length
  return {
    note: over.crowded ? `${over.note} · peak of each column` : over.note,
    text: [
      ...plot,
      dim(`${indent}└${rule}`),
      dim(`${indent} ${labels}`),
      ...legend(shown, times, unit, strokes, colours, screen),
      ...(hidden > 0 ? [dim(`${hidden} more with lower sums not drawn`)] : []),
    ].join('\n'),
  }
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

/** One row of all lines, the first of them on top. */
function overlay(rows: string[], colours: Paint[]): string {
  let text = ''
  let run = ''
  let owner = -1
  const flush = () => {
    text += owner < 0 ? run : colours[owner]!(run)
    run = ''
  }
  for (let column = 0; column < rows[0]!.length; column++) {
    const top = rows.findIndex((row) => row[column] !== ' ')
    if (top !== owner) flush()
    owner = top
    run += top < 0 ? ' ' : rows[top]![column]!
  }
  flush()
  return text
}

function legend(
  shown: Series[],
  times: string[],
  unit: Column['unit'],
  strokes: string[][],
  colours: Paint[],
  { width, colour }: Screen,
): string[] {
  const { dim } = theme(colour)
  const final = times.toSorted().at(-1)!
  const show = (value: number | null | undefined) => {
    if (value === null || value === undefined) return '–'
    return unit ? formatUnit(value, unit) : formatNumber(value)
  }
  const entries = shown.map(({ name, values }) => {
    const known = [...values.values()].filter((value) => value !== null)
    return {
      name,
      last: show(values.has(final) ? values.get(final) : unit === 'reqps' ? 0 : null),
      max: show(known.length ? known.reduce((a, b) => Math.max(a, b)) : null),
    }
  })
  const widest = (key: 'name' | 'last' | 'max') =>
    Math.max(...entries.map((entry) => textWidth(entry[key])))
  const names = Math.min(widest('name'), width - widest('last') - widest('max') - 18)
  return entries.map(({ name, last, max }, i) => {
    const mark = colours[i]!(strokes[i]![4]!.repeat(2))
    const numbers = [
      `${dim('last')} ${padStart(last, widest('last'))}`,
      `${dim('max')} ${padStart(max, widest('max'))}`,
    ]
    return `${mark} ${padEnd(cut(name, names), names)}  ${numbers.join('  ')}`
  })
}
