/** Cells in columns under their heads, fitted to the screen. */
import CliTable from 'cli-table3'
import type { Screen } from './renderer.ts'
import { shorten, textWidth } from './text.ts'
import { type Paint, theme } from './theme.ts'

const GAP = 2
/** No column of an unbounded table is wider: longer texts push what is right of them. */
const PUSHING = 200
/** No screen is wider: longer texts are not measured to their end. */
const WIDEST = 4_000

export interface GridCell {
  /** Printable text without colours; a head may have several lines. */
  text: string
  paint?: Paint
}

export interface GridColumn {
  head: GridCell
  cells: GridCell[]
  align: 'left' | 'right'
  /** May be cut with an ellipsis when the screen is narrow. */
  shrinks?: boolean
}

export interface Fit {
  widths: number[]
  /** Which columns are narrower than their texts. */
  cut: boolean[]
}

/** Columns that a column's head takes, or the widest of its cells. */
export function naturalWidth({ head, cells }: Pick<GridColumn, 'head' | 'cells'>): number {
  return Math.max(1, headWidth(head), cellsWidth(cells))
}

const measured = new WeakMap<GridCell[], number>()

/** Columns that the widest of `cells`, which may no longer change, takes; measured once, as layouts are tried out. */
export function cellsWidth(cells: GridCell[]): number {
  const known = measured.get(cells)
  if (known !== undefined) return known
  const width = cells.reduce((widest, { text }) => Math.max(widest, textWidth(text, WIDEST)), 0)
  measured.set(cells, width)
  return width
}

function headWidth({ text }: GridCell): number {
  return Math.max(...text.split('\n').map(textWidth))
}

/**
 * The columns' widths within `screen`: the longest texts shrink first, evenly, each down to `narrowest` or to
 * `shortest` columns. Undefined when that is not enough.
 */
export function fitWidths(
  columns: GridColumn[],
  screen: number,
  shortest?: number,
): Fit | undefined {
  const natural = columns.map(naturalWidth)
  const room = screen - GAP * (columns.length - 1)
  const total = (widths: number[]) => widths.reduce((sum, width) => sum + width, 0)
  if (total(natural) <= room) return { widths: natural, cut: natural.map(() => false) }
  const floors = columns.map((column, i) =>
    column.shrinks ? narrowest(column, natural[i]!, shortest) : natural[i]!,
  )
  if (total(floors) > room) return undefined
  const capped = (limit: number) =>
    natural.map((width, i) => Math.max(floors[i]!, Math.min(width, limit)))
  let limit = 0
  while (total(capped(limit + 1)) <= room) limit++
  // The remainder, less than one column for each text, goes to the first texts.
  let rest = room - total(capped(limit))
  const widths = capped(limit).map((width, i) =>
    columns[i]!.shrinks && width < natural[i]! && rest-- > 0 ? width + 1 : width,
  )
  return { widths, cut: widths.map((width, i) => width < natural[i]!) }
}

const PROSE = /\S\s+\S+\s+\S+\s+\S/

/** Whether some cell is a sentence, or a map of several entries. */
export const isProse = ({ cells }: Pick<GridColumn, 'cells'>) =>
  cells.some(({ text }) => PROSE.test(text))

/** One name of kilobytes would leave no room for the others, and make records of all rows. */
const HUGE = 500
const ENOUGH = 60

/** How far a column of texts may shrink: a name is known by three quarters of itself, a sentence should be read. */
function narrowest(column: GridColumn, natural: number, shortest?: number): number {
  const { head } = column
  const prose = isProse(column)
  const part = natural > HUGE && !prose ? ENOUGH : Math.ceil(natural * 0.75)
  const wanted = shortest ?? Math.max(prose ? 60 : 12, part)
  return Math.min(natural, Math.max(headWidth(head), wanted))
}

/** The columns' widths where lines may have any length. */
export function unboundedWidths(columns: GridColumn[]): number[] {
  return columns.map((column) => Math.min(naturalWidth(column), PUSHING))
}

/**
 * Columns side by side as lines: the heads and the rules below them, and one line for each row. A text that is wider
 * than its column is shortened, except on an unbounded screen.
 */
export function grid(
  columns: GridColumn[],
  widths: number[],
  screen: Screen,
): { heads: string[]; rows: string[] } {
  const { dim } = theme(screen.colour)
  const heads = columns.map(({ head }) => head.text.split('\n'))
  const height = Math.max(...heads.map((lines) => lines.length))
  const lines = Array.from({ length: height }, (_, line) =>
    columns.map(({ head }, i): GridCell => {
      return { ...head, text: heads[i]![line - height + heads[i]!.length] ?? '' }
    }),
  )
  lines.push(widths.map((width): GridCell => ({ text: '─'.repeat(width), paint: dim })))
  for (let i = 0; i < (columns[0]?.cells.length ?? 0); i++) {
    lines.push(columns.map(({ cells }) => cells[i]!))
  }
  const fitted = lines.map((line) =>
    line.map(({ text, paint }, i) => ({
      text: screen.unbounded ? text : shorten(text, widths[i]!),
      paint,
    })),
  )
  const drawn = layOut(
    fitted,
    widths,
    columns.map(({ align }) => align),
  )
  return { heads: drawn.slice(0, height + 1), rows: drawn.slice(height + 1) }
}

const SIDES = ['top', 'bottom', 'left', 'right', 'mid']
const BORDERS = ['top', 'bottom', 'left', 'right'].flatMap((side) =>
  ['mid', 'left', 'right'].map((part) => `${side}-${part}`),
)
/** Columns with a gap between them, and no lines around or under them. */
const FRAME = {
  chars: {
    ...Object.fromEntries([...SIDES, ...BORDERS, 'mid-mid'].map((name) => [name, ''])),
    middle: ' '.repeat(GAP),
  },
  style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
}

/**
 * cli-table3 places the cells, one line at a time: it compares each row with all before it. It counts later emoji as
 * one column and Thai vowels as several, so it places stand-ins of the right width, which the texts then replace.
 */
function layOut(lines: GridCell[][], widths: number[], aligns: GridColumn['align'][]): string[] {
  const options = { ...FRAME, colWidths: widths, colAligns: aligns }
  const placed = new Map<string, string>()
  return lines.map((line) => {
    const standIns = line.map(({ text }, i) =>
      '#'.repeat(Math.min(textWidth(text, widths[i]!), widths[i]!)),
    )
    const key = standIns.join(' ')
    const drawn = placed.get(key) ?? placeCells(standIns, options)
    placed.set(key, drawn)
    const shown = line.filter((_, i) => standIns[i] !== '').values()
    return drawn.replace(/#+/g, () => {
      const { text, paint } = shown.next().value!
      return paint ? paint(text) : text
    })
  })
}

function placeCells(cells: string[], options: CliTable.TableConstructorOptions): string {
  const table = new CliTable(options)
  table.push(cells)
  // Spaces at a line's end would wrap in a narrower window.
  return table.toString().trimEnd()
}
