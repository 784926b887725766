/** Rows wider than the screen: some columns in a row, the others below it. */
import { isEmpty, isId, isTraceId, type ShownColumn, shortIds, withHeadIn } from './columns.ts'
import { type Fit, fitWidths, type GridCell, grid, isProse, naturalWidth } from './grid.ts'
import type { Screen } from './renderer.ts'
import { textWidth, wrap } from './text.ts'
import { theme } from './theme.ts'

const INDENT = 2
/** Lines of a value below its row: a whole stack trace would hide the rows. */
const LONGEST = 3

interface Beside extends Fit {
  columns: ShownColumn[]
}

/**
 * `columns` as heads and rows of at most `screen.width` columns, or undefined if too little would remain. In this
 * order, as far as needed: narrower heads; ids of traces and spans as prefixes; shorter names; below the rows, as
 * `name value`, what `movingOrder` lists first. Where ids of traces and spans do not fit beside whole others, those are
 * prefixes, too. The first column stays, and names shorten further before one of them or the first number leaves.
 * `empty` names those below without any value.
 */
export function rows(
  columns: ShownColumn[],
  screen: Screen,
): { lines: string[]; empty: string[] } | undefined {
  let onlyTraceIds = true
  const inRow = (below: Set<ShownColumn>, shortest?: number) => {
    const rest = columns.filter((column) => !below.has(column))
    onlyTraceIds &&= rest.slice(1).some(isTraceId)
    const shortened = rest.map((column) =>
      column === columns[0] || screen.fullIds || (onlyTraceIds && !isTraceId(column))
        ? column
        : (shortIds(column) ?? column),
    )
    return sideBySide(rest, shortened, screen.width, shortest)
  }
  const { order: waiting, least, main } = movingOrder(columns)
  const moved = new Set<ShownColumn>()
  const together: ShownColumn[][] = []
  let row = inRow(moved)
  while (!row && waiting.length > 0) {
    if (waiting.length === least) row = inRow(moved, SHORTEST_NAME)
    if (row) break
    together.push(waiting.shift()!)
    for (const column of together.at(-1)!) moved.add(column)
    row = inRow(moved)
  }
  // A row must keep what it is about, or at least a third of the columns.
  if (!row || (waiting.length < least && (columns.length - moved.size) * 3 < columns.length))
    return undefined
  // The first number returns before what left earlier, beside shorter names.
  const isMain = (group: ShownColumn[]) => group[0] === main
  for (const group of [...together.filter(isMain), ...together.filter((one) => !isMain(one))]) {
    for (const column of group) moved.delete(column)
    const roomier = inRow(moved, isMain(group) ? SHORTEST_NAME : undefined)
    if (roomier && (isMain(group) || isWhole(roomier))) row = roomier
    else for (const column of group) moved.add(column)
  }
  let lines = below(columns, moved, screen)
  // Where there are lines below, more goes there if that shows more of the names and adds no line.
  for (const column of lesser(waiting.flat())) {
    if (!lines || moved.size === 0 || isWhole(row)) break
    moved.add(column)
    const longer = below(columns, moved, screen)
    const roomier = inRow(moved)
    if (roomier && longer && longer.flat().length <= lines.flat().length) {
      lines = longer
      row = roomier
    } else moved.delete(column)
  }
  if (!lines) return undefined
  const drawn = grid(row.columns, row.widths, screen)
  return {
    lines: [...drawn.heads, ...drawn.rows.flatMap((line, i) => [line, ...lines[i]!])],
    empty: [...moved].filter(({ cells }) => cells.every(isEmpty)).map(({ head }) => head.text),
  }
}

const isWhole = ({ cut }: Fit) => !cut.includes(true)

/** Numbers of lines to try for heads: a name in three pieces is unreadable. */
const HEAD_LINES = [1, 2]

/** `columns` side by side, with narrower heads if that helps, then with shortened ids. */
function sideBySide(
  columns: ShownColumn[],
  shortened: ShownColumn[],
  width: number,
  shortest?: number,
): Beside | undefined {
  const total = (some: ShownColumn[]) => some.reduce((sum, one) => sum + naturalWidth(one), 0)
  let row: Beside | undefined
  let before = Number.POSITIVE_INFINITY
  const attempts = [
    () => columns,
    ...[columns, shortened].flatMap((some) =>
      HEAD_LINES.map((lines) => () => some.map((column) => withHeadIn(lines, column))),
    ),
  ]
  for (const attempt of attempts) {
    const tried = attempt()
    const natural = total(tried)
    if (natural >= before) continue
    before = natural
    const fitted = fitWidths(tried, width, shortest)
    if (fitted) row = { columns: tried, ...fitted }
    if (fitted && isWhole(fitted)) break
  }
  return row
}

/** Columns of a name beside its number: the beginning and the end of a route. */
const SHORTEST_NAME = 16

/** More numbers than these are not all needed in the row. */
const MANY = 4
const SECONDARY = /^(?:kind|method|on|path|status)$/
/** What tells rows of one service apart. */
const PRIMARY = /^(?:call|name|operation|request|route|span|value)$/

/** Whether a column says little about a row beside its name. */
const isSecondary = ({ kind, head }: ShownColumn) => kind !== 'time' && SECONDARY.test(head.text)

/** What says little about a row, and one number of many. */
function lesser(columns: ShownColumn[]): ShownColumn[] {
  const texts = columns.filter((column) => column.kind === 'text' && isSecondary(column))
  const numbers = columns.filter(({ kind }) => kind !== 'text')
  return [...texts, ...(numbers.length > MANY ? numbers.slice(0, 1) : [])]
}

/** Whether a column is the id of what the row is about, such as a user: of no trace or span. */
const isKey = (column: ShownColumn) =>
  !isTraceId(column) &&
  column.cells.some(({ text }) => isId(text)) &&
  column.cells.every((cell) => isEmpty(cell) || isId(cell.text))

/**
 * What leaves the row first: ids together, sentences and maps from the widest on, kinds, codes, then numbers from
 * the last on. Names tell rows apart, so they leave last, those of operations, sentences or not, after those of
 * services. The last `least` are these, and before them the first number of a row that does not begin with one; rows
 * of texts alone have none to hold.
 */
function movingOrder([first, ...columns]: ShownColumn[]): {
  order: ShownColumn[][]
  least: number
  /** The first number. */
  main: ShownColumn | undefined
} {
  const numbers = columns.filter((column) => column.kind !== 'text' && !isSecondary(column))
  // Beside many numbers an id takes the room of five of them.
  const keeps = (column: ShownColumn) => isKey(column) && numbers.length <= MANY
  const ids = columns.filter((column) => column.holdsIds && !keeps(column))
  const texts = columns.filter((column) => column.kind === 'text' && !ids.includes(column))
  const isPrimary = ({ head }: ShownColumn) => PRIMARY.test(head.text)
  const prose = texts.filter((column) => isProse(column) && !isPrimary(column))
  const secondary = columns.filter((column) => !prose.includes(column) && isSecondary(column))
  const names = texts.filter((column) => !prose.includes(column) && !secondary.includes(column))
  const widestFirst = (some: ShownColumn[]) =>
    some.sort((a, b) => naturalWidth(b) - naturalWidth(a)).map((column) => [column])
  const lastFirst = (some: ShownColumn[]) => some.reverse().map((column) => [column])
  const main = numbers
    .filter(({ kind }) => kind === 'number' && first!.kind !== 'number')
    .slice(0, 1)
  const last = [
    ...main.map((column) => [column]),
    ...widestFirst(names.filter((column) => !isPrimary(column))),
    ...widestFirst(names.filter(isPrimary)),
  ]
  const order = [
    ...(ids.length > 0 ? [ids] : []),
    ...widestFirst(prose),
    ...lastFirst(secondary.filter(({ kind }) => kind === 'text')),
    ...lastFirst(secondary.filter(({ kind }) => kind !== 'text')),
    ...lastFirst(numbers.filter((column) => !main.includes(column))),
    ...last,
  ]
  const holds = [first!, ...columns].some(({ kind }) => kind !== 'text')
  return { order, least: holds ? last.length : Number.POSITIVE_INFINITY, main: main[0] }
}

/** The lines below each row, with several pairs on a line if they fit. Undefined when an id is longer than a line. */
function below(
  columns: ShownColumn[],
  moved: Set<ShownColumn>,
  { width, colour }: Screen,
): string[][] | undefined {
  const { dim } = theme(colour)
  const named = columns.filter((column) => moved.has(column))
  const tree = columns[0]!.cells
  const all: string[][] = []
  for (let i = 0; i < tree.length; i++) {
    const branches = branchesBelow(tree[i]!.text, tree[i + 1]?.text ?? '')
    const indent = branches.padEnd(INDENT)
    const inset = textWidth(indent)
    const start = branches ? dim(indent) : indent
    const lines: string[] = []
    let used = width
    for (const { head, cells } of named) {
      const cell = cells[i]!
      if (isEmpty(cell)) continue
      const name = textWidth(head.text) + 1
      const needed = name + textWidth(cell.text, width)
      if (used + INDENT + needed <= width) {
        lines.push(`${lines.pop()}${' '.repeat(INDENT)}${dim(head.text)} ${shown(cell, dim)}`)
        used += INDENT + needed
        continue
      }
      const room = width - inset - name
      if (room < 10 || (isId(cell.text) && needed + inset > width)) return undefined
      const [first, ...more] = wrap(cell.text, room, LONGEST).map((text) =>
        shown({ ...cell, text }, dim),
      )
      lines.push(`${start}${dim(head.text)} ${first}`)
      lines.push(...more.map((line) => start + ' '.repeat(name) + line))
      used = more.length > 0 ? width : inset + needed
    }
    all.push(lines)
  }
  return all
}

const BRANCHES = /^(?:[│ ] {2}|[├└]─ )*/

/** What continues the branches of a tree between two rows; empty where `row` and `next` are in no tree. */
function branchesBelow(row: string, next: string): string {
  const [own, deeper] = [row, next].map((text) => BRANCHES.exec(text)![0])
  const [branches, last] = deeper!.length > own!.length ? [deeper!, '│'] : [own!, ' ']
  return branches.replaceAll('─', ' ').replaceAll('├', '│').replaceAll('└', last)
}

function shown({ text, paint }: GridCell, dim: (text: string) => string): string {
  if (paint) return paint(text)
  return isId(text) ? dim(text) : text
}
