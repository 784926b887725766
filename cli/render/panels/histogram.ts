/** Counts of values by bin as horizontal bars, with quantiles marked. */
import type { Column, Row, Table } from '../../result.ts'
import { formatNumber, formatUnit, plural } from '../../units/units.ts'
import { cellText, columnKind } from '../cell.ts'
import type { Screen } from '../renderer.ts'
import { FEW_NOTE, fewMark, fewSamples } from '../small-samples.ts'
import { cut, padEnd, padStart, printable, textWidth } from '../text.ts'
import { heading, noRows, type Paint, theme } from '../theme.ts'
import { barOf } from './barchart.ts'
import { renderTable } from './table.ts'

const WIDEST_BAR = 80
const NARROWEST_BAR = 10
const QUANTILE = /^p\d\d/
/** The part of a bar that are errors. */
const ERRORS = '▒'

interface Bin {
  from: string
  count: number
  errors: number
  share: string
  marks: string
}

/**
 * `result` has a row for each bin, lowest first: its lower bound and its count are the first two columns of numbers but
 * `up_to`. Text columns name the series, one histogram each on one scale of bounds. `errors`, `share`, and quantiles
 * such as `p95` in the row of their bin, are optional. Anything else is shown as a table.
 */
export function renderHistogram(result: Table, screen: Screen): string {
  const { title, columns, rows } = result
  if (rows.length === 0) return noRows(title, screen)
  const numbers = columns.filter(
    (column) => columnKind(column) === 'number' && column.name !== 'up_to',
  )
  const [bound, count] = numbers
  if (!bound || !count || QUANTILE.test(count.name)) return renderTable(result, screen)
  const labels = columns.filter((column) => columnKind(column) === 'text')
  const series = new Map<string, Row[]>()
  for (const row of rows) {
    const name = labels.map((column) => cellText(row[column.name], column)).join(' ')
    const own = series.get(name)
    if (own) own.push(row)
    else series.set(name, [row])
  }
  const { strong, dim } = theme(screen.colour)
  const read = { bound, count, result }
  const drawn = [...series].map(([name, own]) => ({ name, bins: own.map((row) => bin(row, read)) }))
  const layout = layoutOf(
    drawn.flatMap(({ bins }) => bins),
    screen,
  )
  const total = (bins: Bin[]) => {
    const name = printable(count.name)
    const sum = bins.reduce((sum, one) => sum + one.count, 0)
    return plural(sum, name.replace(/s$/, ''), name)
  }
  const [only] = drawn.length === 1 ? drawn : []
  const notes = [
    only ? total(only.bins) : '',
    rows.some((row) => Number(row.errors ?? 0) > 0) ? `${ERRORS} errors` : '',
    drawn.some(({ bins }) => bins.some(({ marks }) => marks.includes('('))) ? FEW_NOTE : '',
  ]
  return [
    heading(title, notes.filter(Boolean).join(' · '), screen),
    ...drawn.flatMap(({ name, bins }) => {
      const most = largest(bins, ({ count }) => count)
      return [
        ...(name === '' ? [] : ['', `${strong(cut(name, screen.width))}  ${dim(total(bins))}`]),
        ...bins.map((one) => line(one, most, layout, screen)),
      ]
    }),
  ]
    .filter((text, i) => text !== '' || i > 0)
    .join('\n')
}

function bin(row: Row, { bound, count, result }: { bound: Column; count: Column; result: Table }) {
  const marks = result.columns.flatMap((column) => {
    const value = row[column.name] ?? null
    if (!QUANTILE.test(column.name) || value === null) return []
    const few = fewMark(fewSamples(column, row, result))
    return [`${column.name} ${few}${cellText(value, column)}`]
  })
  const share = result.columns.find(({ name }) => name === 'share')
  const from = Number(row[bound.name] ?? 0)
  return {
    from: bound.unit ? formatUnit(from, bound.unit) : formatNumber(from),
    count: Number(row[count.name] ?? 0),
    errors: Number(row.errors ?? 0),
    share: share ? shareText(Number(row.share ?? 0)) : '',
    marks: marks.join('  '),
  }
}

/** Two digits: what differs less is the same on a screen. */
function shareText(share: number): string {
  if (share === 0) return ''
  return share < 0.001 ? '<0.1%' : `${Number((share * 100).toPrecision(2))}%`
}

/** Also of more bins than a call takes arguments. */
function largest(bins: Bin[], of: (one: Bin) => number): number {
  return bins.reduce((most, one) => Math.max(most, of(one)), 0)
}

interface Layout {
  from: number
  bar: number
  count: number
  share: number
  marks: number
}

function layoutOf(bins: Bin[], { width }: Screen): Layout {
  const widest = (text: (one: Bin) => string) => largest(bins, (one) => textWidth(text(one)))
  const [from, count] = [widest((one) => one.from), widest((one) => formatNumber(one.count))]
  const [share, marks] = [widest((one) => one.share), widest((one) => one.marks)]
  const taken = from + 2 + 2 + count + (share && share + 2) + (marks && marks + 3)
  const bar = Math.max(NARROWEST_BAR, Math.min(WIDEST_BAR, width - taken))
  return {
    from,
    bar,
    count,
    share,
    marks: Math.min(marks, Math.max(0, width - taken - bar + marks)),
  }
}

function line(one: Bin, most: number, layout: Layout, { colour }: Screen): string {
  const { dim, bar, error, strong } = theme(colour)
  const whole = barOf(one.count / most, layout.bar)
  const failed = one.errors === 0 ? 0 : failedWidth(one, textWidth(whole))
  const parts: [string, Paint][] = [
    [whole.slice(0, whole.length - failed), bar],
    [ERRORS.repeat(failed), error],
  ]
  const drawn = parts.map(([text, paint]) => (text === '' ? '' : paint(text))).join('')
  const pad = ' '.repeat(layout.bar - textWidth(whole))
  const count = one.count === 0 ? '' : formatNumber(one.count)
  const numbers = `${padStart(count, layout.count)}${layout.share ? `  ${padStart(one.share, layout.share)}` : ''}`
  const marks = one.marks === '' ? '' : strong(` ◂ ${cut(one.marks, layout.marks)}`)
  return `${dim(`${padStart(one.from, layout.from)} │`)}${drawn}${pad}  ${padEnd(numbers, layout.count)}${marks}`.trimEnd()
}

/** Cells of a bar for its errors: at least one, and not all unless all are errors. */
function failedWidth({ errors, count }: Bin, width: number): number {
  if (errors >= count) return width
  return Math.min(width - 1, Math.max(1, Math.round((errors / count) * width)))
}
