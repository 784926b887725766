/** Rows wider than the screen: some columns stay side by side, the others follow below each row. Pure; what `table` is drawn with. */
import { compact, isEmpty, isId, type ShownColumn, withHeadIn } from './columns.ts'
import { type Fit, fitWidths, type GridCell, grid, naturalWidth } from './grid.ts'
import type { Screen } from './renderer.ts'
import { cut, textWidth, wrap } from './text.ts'
import { theme } from './theme.ts'

const INDENT = 2
/** A stack trace below each row would hide the rows; whoever wants all of it opens the trace. */
const LONGEST = 3

interface Beside extends Fit {
  columns: ShownColumn[]
}

/**
 * `columns` as heads and rows of at most `screen.width` columns, or undefined where that takes away too much. In this order, as
 * far as needed: narrower numbers and heads; shorter names; below the rows, as `name value`, first ids from the last on, then the
 * widest texts, then numbers from the last on. The first column stays. `empty` names those below without any value.
 */
export function rows(
  columns: ShownColumn[],
  screen: Screen,
): { lines: string[]; empty: string[] } | undefined {
  const rest = (moved: Set<ShownColumn>) => columns.filter((column) => !moved.has(column))
  const moved = new Set<ShownColumn>()
  const narrow = new Map(columns.map((column) => [column, compact(column)]))
  const inRow = () => beside(rest(moved), narrow, screen.width)
  const waiting = movingOrder(columns)
  let row = inRow()
  while (!row && waiting.length > 0) {
    moved.add(waiting.shift()!)
    row = inRow()
  }
  // Less than a third of the columns is no longer a row.
  if (!row || (columns.length - moved.size) * 3 < columns.length) return undefined
  for (const column of [...moved]) {
    moved.delete(column)
    const roomier = inRow()
    if (roomier && !roomier.cut.includes(true)) row = roomier
    else moved.add(column)
  }
  let lines = below(columns, moved, screen)
  // What would be cut goes where there is room for it, as long as that takes no line more.
  while (lines && moved.size > 0 && row.cut.includes(true)) {
    const widest = rest(moved)
      .filter((_, i) => i > 0 && row!.cut[i])
      .reduce<ShownColumn | undefined>(wider, undefined)
    if (!widest) break
    const more = new Set([...moved, widest])
    const longer = below(columns, more, screen)
    const roomier = beside(rest(more), narrow, screen.width)
    if (!longer || !roomier || longer.flat().length > lines.flat().length) break
    moved.add(widest)
    lines = longer
    row = roomier
  }
  if (!lines) return undefined
  const drawn = grid(row.columns, row.widths, screen)
  return {
    lines: [...drawn.heads, ...drawn.rows.flatMap((line, i) => [line, ...lines[i]!])],
    empty: [...moved].filter(({ cells }) => cells.every(isEmpty)).map(({ head }) => head.text),
  }
}

/** Lines that heads may have, the fewest that there is room for: a name in three pieces is read by nobody. */
const HEAD_LINES = [1, 2]

/** `columns` side by side; all of them `narrow` where that wins something, as units are written one way in a table. */
function beside(
  columns: ShownColumn[],
  narrow: Map<ShownColumn, ShownColumn>,
  width: number,
): Beside | undefined {
  const whole = fitWidths(columns, width)
  if (whole && !whole.cut.includes(true)) return { columns, ...whole }
  const total = (some: ShownColumn[]) => some.reduce((sum, one) => sum + naturalWidth(one), 0)
  let row = whole && { columns, ...whole }
  for (const lines of HEAD_LINES) {
    const narrower = columns.map((column) => withHeadIn(lines, narrow.get(column)!))
    if (total(narrower) === total(columns)) continue
    const fitted = fitWidths(narrower, width)
    row = fitted && { columns: narrower, ...fitted }
    if (fitted && !fitted.cut.includes(true)) break
  }
  return row
}

function movingOrder([, ...columns]: ShownColumn[]): ShownColumn[] {
  const ids = columns.filter(({ holdsIds }) => holdsIds).reverse()
  const texts = columns.filter(({ kind, holdsIds }) => kind === 'text' && !holdsIds)
  const others = columns.filter(({ kind }) => kind !== 'text').reverse()
  return [...ids, ...texts.sort((a, b) => naturalWidth(b) - naturalWidth(a)), ...others]
}

function wider(a: ShownColumn | undefined, b: ShownColumn): ShownColumn {
  return a && naturalWidth(a) >= naturalWidth(b) ? a : b
}

/** What stands below each row: several pairs on a line where they fit. Undefined when an id is longer than a line. */
function below(
  columns: ShownColumn[],
  moved: Set<ShownColumn>,
  { width, colour }: Screen,
): string[][] | undefined {
  const { dim } = theme(colour)
  const named = columns.filter((column) => moved.has(column))
  const indent = ' '.repeat(INDENT)
  const all: string[][] = []
  for (let i = 0; i < columns[0]!.cells.length; i++) {
    const lines: string[] = []
    let used = width
    for (const { head, cells } of named) {
      const cell = cells[i]!
      if (isEmpty(cell)) continue
      const name = textWidth(head.text) + 1
      const needed = name + textWidth(cell.text)
      if (used + INDENT + needed <= width) {
        lines.push(`${lines.pop()}${indent}${dim(head.text)} ${shown(cell, dim)}`)
        used += INDENT + needed
        continue
      }
      const room = width - INDENT - name
      if (room < 10 || (isId(cell.text) && needed + INDENT > width)) return undefined
      const [first, ...more] = pieces(cell.text, room).map((text) => shown({ ...cell, text }, dim))
      lines.push(`${indent}${dim(head.text)} ${first}`)
      lines.push(...more.map((line) => ' '.repeat(INDENT + name) + line))
      used = more.length > 0 ? width : INDENT + needed
    }
    all.push(lines)
  }
  return all
}

function shown({ text, paint }: GridCell, dim: (text: string) => string): string {
  if (paint) return paint(text)
  return isId(text) ? dim(text) : text
}

function pieces(text: string, width: number): string[] {
  const lines = wrap(text, width)
  if (lines.length <= LONGEST) return lines
  return [...lines.slice(0, LONGEST - 1), cut(lines.slice(LONGEST - 1).join(' '), width)]
}
