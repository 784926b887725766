/** Writes answers in the format asked for; the only writer of stdout. */
import { once } from 'node:events'
import type { Panel } from './render/panels.ts'
import type { Answer, Cell, Column, Row, Screen } from './render/renderer.ts'

export const FORMATS = ['terminal', 'json', 'ndjson', 'csv', 'tsv', 'markdown'] as const
export type Format = (typeof FORMATS)[number]

/** An answer whose rows still arrive. */
export interface Flowing extends Omit<Answer, 'rows'> {
  rows: AsyncIterable<Row> | Iterable<Row>
}

/** Writes text to stdout and waits while the reader is slower than we are. */
export async function write(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain')
}

/** Writes text that is made piece by piece, in larger ones. */
export async function writeAll(pieces: Iterable<string>): Promise<void> {
  let pending = ''
  for (const piece of pieces) {
    pending += piece
    if (pending.length < 65_536) continue
    await write(pending)
    pending = ''
  }
  await write(pending)
}

/** Each text as a line. */
export function* lines(texts: Iterable<string>): Generator<string> {
  for (const text of texts) yield `${text}\n`
}

/** Writes a whole answer. Rows are passed on as they arrive, except to the terminal, whose columns need them all. */
export async function writeAnswer(
  answer: Flowing,
  format: Format,
  panel: Panel,
  screen: Screen,
): Promise<void> {
  if (format === 'terminal') {
    const rows: Row[] = []
    for await (const row of answer.rows) rows.push(row)
    // Loaded here, so that JSON does not pay for charts.
    const { renderers } = await import('./render/renderers.ts')
    const text = renderers[panel]({ ...answer, rows }, screen)
    await write(text === '' ? '' : `${text.replace(/\n+$/, '')}\n`)
    return
  }
  const { head, line, foot, empty }: Lines = WRITERS[format](answer.columns)
  let count = 0
  let pending = head
  for await (const row of answer.rows) {
    pending += line(row, count++)
    if (pending.length < 65_536) continue
    await write(pending)
    pending = ''
  }
  await write(pending + (count === 0 ? (empty ?? foot) : foot))
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
  csv: (columns) => separated(columns, ',', '\r\n', csvCell),
  tsv: (columns) => separated(columns, '\t', '\n', tsvCell),
  markdown: (columns) => ({
    head: `| ${columns.map((column) => markdownCell(column.name)).join(' | ')} |\n|${columns.map(() => ' --- |').join('')}\n`,
    line: (row) => `| ${columns.map(({ name }) => markdownCell(text(row[name]!))).join(' | ')} |\n`,
    foot: '',
  }),
} satisfies Record<Exclude<Format, 'terminal'>, (columns: Column[]) => Lines>

function separated(
  columns: Column[],
  separator: string,
  end: string,
  cell: (text: string) => string,
): Lines {
  const line = (texts: string[]) => texts.map(cell).join(separator) + end
  return {
    head: line(columns.map((column) => column.name)),
    line: (row) => line(columns.map(({ name }) => text(row[name]!))),
    foot: '',
  }
}

/** A cell as plain text: nothing for null, JSON for maps and arrays. */
function text(cell: Cell): string {
  if (cell === null) return ''
  return typeof cell === 'object' ? toJson(cell) : String(cell)
}

/** RFC 4180. */
function csvCell(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}

function tsvCell(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll('\t', '\\t')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
}

function markdownCell(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replace(/\s*\r?\n\s*/g, ' ')
    .replace(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** JSON with every digit of a bigint, which JSON.stringify refuses. */
export function toJson(cell: Cell | undefined): string {
  if (typeof cell === 'bigint') return String(cell)
  if (Array.isArray(cell)) return `[${cell.map(toJson).join(',')}]`
  if (cell !== null && typeof cell === 'object') {
    const members = Object.entries(cell).map(
      ([key, value]) => `${JSON.stringify(key)}:${toJson(value)}`,
    )
    return `{${members.join(',')}}`
  }
  return JSON.stringify(cell ?? null)
}
