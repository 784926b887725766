/** Cells in columns under their heads, fitted to the screen. Pure; what `table` and `barchart` are drawn with. */
import CliTable from 'cli-table3'
import type { Screen } from './renderer.ts'
import { shorten, textWidth } from './text.ts'
import { type Paint, theme } from './theme.ts'

const GAP = 2

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
  const width = cells.reduce((widest, { text }) => Math.max(widest, textWidth(text)), 0)
  measured.set(cells, width)
  return width
}

function headWidth({ text }: GridCell): number {
  return Math.max(...text.split('\n').map(textWidth))
}

/**
 * The columns' widths within `screen`: the longest texts give way first, all of them alike, each down to `narrowest`.
 * Undefined when that is not enough.
 */
export function fitWidths(columns: GridColumn[], screen: number): Fit | undefined {
  const natural = columns.map(naturalWidth)
  const room = screen - GAP * (columns.length - 1)
  const total = (widths: number[]) => widths.reduce((sum, width) => sum + width, 0)
  if (total(natural) <= room) return { widths: natural, cut: natural.map(() => false) }
  const floors = columns.map((column, i) =>
    column.shrinks ? narrowest(column, natural[i]!) : natural[i]!,
  )
  if (total(floors) > room) return undefined
  const capped = (limit: number) =>
    natural.map((width, i) => Math.max(floors[i]!, Math.min(width, limit)))
  let limit = 0
  while (total(capped(limit + 1)) <= room) limit++
  // What is left over, less than one column for each text, goes to the first of them.
  let rest = room - total(capped(limit))
  const widths = capped(limit).map((width, i) =>
    columns[i]!.shrinks && width < natural[i]! && rest-- > 0 ? width + 1 : width,
  )
  return { widths, cut: widths.map((width, i) => width < natural[i]!) }
}

const PROSE = /\S\s+\S+\s+\S+\s+\S/

/** How far a column of texts may shrink: a name is known by three fifths of itself, a sentence should be read. */
function narrowest({ head, cells }: GridColumn, natural: number): number {
  const prose = cells.some(({ text }) => PROSE.test(text))
  const wanted = Math.max(prose ? 60 : 12, Math.ceil(natural * 0.6))
  return Math.min(natural, Math.max(headWidth(head), wanted))
}

/** Columns side by side as lines: the heads and the rules below them, and one line for each row. */
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
    line.map(({ text, paint }, i) => ({ text: shorten(text, widths[i]!), paint })),
  )
  const drawn = layOut(
    fitted,
    widths,
    columns.map(({ align }) => align),
  )
  return { heads: drawn.slice(0, height + 1), rows: drawn.slice(height + 1) }
}

/** cli-table3 compares each row with all before it: 12 s for 10,000 rows at once, 1 s in pieces. */
const PIECE = 50

/**
 * cli-table3 places the cells. It measures with a string-width of 2020 that counts later emoji as one column and Thai vowels
 * as several, so it is given stand-ins of the right width, one row for all that are alike, and the texts take their places.
 */
function layOut(lines: GridCell[][], widths: number[], aligns: GridColumn['align'][]): string[] {
  const shapes = lines.map((line) => line.map(({ text }) => '#'.repeat(textWidth(text))))
  const distinct = [...new Map(shapes.map((shape) => [shape.join(' '), shape])).values()]
  const drawn = new Map<string, string>()
  for (let start = 0; start < distinct.length; start += PIECE) {
    const piece = distinct.slice(start, start + PIECE)
    const frame = new CliTable({
      chars: NO_BORDERS,
      style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
      colWidths: widths,
      colAligns: aligns,
    })
    frame.push(...piece)
    const rows = frame.toString().split('\n')
    piece.forEach((shape, i) => {
      drawn.set(shape.join(' '), rows[i]!.trimEnd())
    })
  }
  return lines.map((line, i) => {
    const shown = line.filter(({ text }) => textWidth(text) > 0)
    let next = 0
    return drawn.get(shapes[i]!.join(' '))!.replace(/#+/g, () => {
      const { text, paint } = shown[next++]!
      return paint ? paint(text) : text
    })
  })
}

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(GAP),
}
