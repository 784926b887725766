/** Writes results to stdout, in any format. */
import { once } from 'node:events'
import { columnKind } from '../render/cell.ts'
import { PANELS, type Panel } from '../render/panels.ts'
import type { Screen } from '../render/renderer.ts'
import { printable } from '../render/text.ts'
import type { Cell, Column, Row, Table } from '../result.ts'
import { jsonSafe, visible } from './escape.ts'
import { chooseColumns, pick, readable } from './shaping.ts'

/** How to write a result. */
export interface Writing {
  format: Format
  /** Keep spreadsheets from running cells as formulas. */
  csvSafe?: boolean
  /** Only these columns, in this order. */
  columns?: string[] | undefined
  /** False leaves out the names of columns, and the title of the terminal. */
  header?: boolean
  /** Values as people read them, which Markdown always has. */
  humanize?: boolean
}

/** A result whose rows are still arriving. */
export interface Flowing extends Omit<Table, 'rows'> {
  rows: AsyncIterable<Row> | Iterable<Row>
}

/** Writes text, and waits while stdout's buffer is full. */
export async function write(out: NodeJS.WritableStream, text: string): Promise<void> {
  if (text !== '' && !out.write(text)) await once(out, 'drain')
}

/** Writes small pieces of text in larger chunks. */
export async function writeAll(
  out: NodeJS.WritableStream,
  pieces: Iterable<string>,
): Promise<void> {
  let pending = ''
  for (const piece of pieces) {
    pending += piece
    if (pending.length < 65_536) continue
    await write(out, pending)
    pending = ''
  }
  await write(out, pending)
}

/** Each text as a line. */
export function* lines(texts: Iterable<string>): Generator<string> {
  for (const text of texts) yield `${text}\n`
}

/** Writes a result. Rows are written as they arrive, except to a terminal, whose column widths need all rows. */
export async function writeResult(
  out: NodeJS.WritableStream,
  result: Flowing,
  writing: Writing,
  panel: Panel,
  screen: Screen,
): Promise<void> {
  const { format, header = true } = writing
  const named = writing.columns && chooseColumns(result.columns, writing.columns)
  const columns = named ?? result.columns
  if (format === 'terminal') {
    const rows: Row[] = []
    for await (const row of result.rows) rows.push(row)
    // A chart needs all its columns.
    const render = await PANELS[named ? 'table' : panel]()
    const title = header ? result.title : ''
    const text = render({ ...result, columns, rows, title, bare: !header }, screen)
    await write(out, text === '' ? '' : `${text.replace(/\n+$/, '')}\n`)
    return
  }
  const { head, line, foot, empty }: Lines = WRITERS[format](columns, writing)
  const humanize = writing.humanize || format === 'markdown'
  let count = 0
  let pending = header || !HEADLESS.has(format) ? head : ''
  for await (const row of result.rows) {
    const chosen = named ? pick(row, named) : row
    pending += line(humanize ? readable(chosen, columns, screen.timeZone) : chosen, count++)
    if (pending.length < 65_536) continue
    await write(out, pending)
    pending = ''
  }
  await write(out, pending + (count === 0 ? (empty ?? foot) : foot))
}

interface Lines {
  head: string
  line: (row: Row, index: number) => string
  foot: string
  /** Instead of the foot when there was no row. */
  empty?: string
}

const WRITERS = {
  json: () => ({
    head: '[',
    line: (row, index) => `${index === 0 ? '\n' : ',\n'}  ${toJson(row)}`,
    foot: '\n]\n',
    empty: ']\n',
  }),
  ndjson: () => ({ head: '', line: (row) => `${toJson(row)}\n`, foot: '' }),
  csv: (columns, { csvSafe }) =>
    separated(columns, ',', '\r\n', csvSafe ? quotedCell : csvCell, csvSafe),
  tsv: (columns, { csvSafe }) => separated(columns, '\t', '\n', tsvCell, csvSafe),
  markdown: (columns) => ({
    head: `| ${columns.map((column) => markdownCell(column.name)).join(' | ')} |\n|${columns.map((column) => (columnKind(column) === 'number' ? ' ---: |' : ' --- |')).join('')}\n`,
    line: (row) => `| ${columns.map(({ name }) => markdownCell(text(row[name]!))).join(' | ')} |\n`,
    foot: '',
  }),
} satisfies Record<string, (columns: Column[], writing: Writing) => Lines>

/** Formats whose head is the names of the columns. */
const HEADLESS: ReadonlySet<string> = new Set(['csv', 'tsv', 'markdown'])

export type Format = 'terminal' | keyof typeof WRITERS
export const FORMATS = ['terminal', ...Object.keys(WRITERS)] as Format[]

function separated(
  columns: Column[],
  separator: string,
  end: string,
  cell: (text: string) => string,
  safe = false,
): Lines {
  const line = (texts: string[]) => texts.map(cell).join(separator) + end
  const shown = (value: Cell) => (safe && typeof value === 'string' ? inert(value) : text(value))
  return {
    head: line(columns.map(({ name }) => (safe ? inert(name) : name))),
    line: (row) => line(columns.map(({ name }) => shown(row[name]!))),
    foot: '',
  }
}

/** A spreadsheet shows a text behind a quote: https://owasp.org/www-community/attacks/CSV_Injection */
function inert(value: string): string {
  return /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/.test(value) ? `'${value}` : value
}

/** A cell as plain text: nothing for null, JSON for maps and arrays. */
function text(cell: Cell): string {
  if (cell === null) return ''
  return typeof cell === 'object' ? toJson(cell) : String(cell)
}

/** RFC 4180. */
function csvCell(value: string): string {
  const shown = visible(value.replaceAll('\r\n', '\n'))
  return /[",\n]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown
}

/** Spreadsheets of some languages split unquoted cells at semicolons, and always at tabs. */
function quotedCell(value: string): string {
  const cell = csvCell(value)
  return cell.startsWith('"') || !/[;\t]/.test(cell) ? cell : `"${cell}"`
}

function tsvCell(value: string): string {
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replaceAll('\t', '\\t')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
  return visible(escaped)
}

function markdownCell(value: string): string {
  const line = value
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    // A command of GitHub's runner, wherever it is in a line.
    .replaceAll('##[', '##\\[')
    .replace(/\s*\r?\n\s*/g, ' ')
  return printable(line.replaceAll('\t', '\\x09'))
}

/** JSON with every digit of a bigint, which JSON.stringify refuses, and safe for a terminal. */
export function toJson(cell: Cell | undefined): string {
  try {
    // A fifth of the time of putting the members together.
    if (isPlain(cell)) return jsonSafe(JSON.stringify(cell ?? null))
  } catch {
    // A bigint deeper within.
  }
  if (typeof cell === 'bigint') return String(cell)
  if (Array.isArray(cell)) return `[${cell.map(toJson).join(',')}]`
  const members = Object.entries(cell ?? {}).map(
    ([key, value]) => `${jsonSafe(JSON.stringify(key))}:${toJson(value)}`,
  )
  return `{${members.join(',')}}`
}

/** Neither a bigint nor an object of some. */
function isPlain(cell: Cell | undefined): boolean {
  if (typeof cell !== 'object' || cell === null) return typeof cell !== 'bigint'
  for (const key in cell) {
    const type = typeof (cell as Record<string, Cell>)[key]
    if (type === 'bigint' || type === 'undefined') return false
  }
  return true
}
