/** A table with light rules, fitted to the screen; columns without a value are named. */

import type { Table } from '../../result.ts'
import { isEmpty, type ShownColumn, shownColumns, unitsInHeads } from '../columns.ts'
import { grid, naturalWidth, unboundedWidths } from '../grid.ts'
import { records } from '../records.ts'
import type { Screen } from '../renderer.ts'
import { rows } from '../rows.ts'
import { wrap } from '../text.ts'
import { heading, noRows } from '../theme.ts'

/**
 * `result` as lines of at most `screen.width` columns. Where columns do not fit, names are shortened and what is long
 * moves below its row; where that does not help either, rows become records, one below the other. On an unbounded
 * screen each row is one line.
 */
export function renderTable(result: Table, screen: Screen): string {
  if (result.rows.length === 0) return noRows(result.title, screen)
  const { columns: all, note } = shownColumns(result, screen)
  const blank = all.filter(({ cells }, i) => i > 0 && cells.every(isEmpty))
  const columns = all.filter((column) => !blank.includes(column))
  const drawn = draw(columns, screen)
  const empty = [...blank.map(({ head }) => head.text), ...drawn.empty]
  const notes = [note, empty.length > 0 ? `no ${empty.join(', ')}` : '']
  if (result.bare) return withoutHeads(drawn.lines).join('\n')
  return [heading(result.title, notes.filter(Boolean).join(' · '), screen), ...drawn.lines]
    .filter((line) => line !== '')
    .join('\n')
}

/** The lines below the rule under the heads; records have none. */
function withoutHeads(lines: string[]): string[] {
  const rule = lines.findIndex((line) => /^[─ ]+$/.test(line.replace(/\x1b\[[\d;]*m/g, '')))
  return lines.slice(rule + 1)
}

/** `empty` names the columns below the rows that have no value. */
function draw(columns: ShownColumn[], screen: Screen): { lines: string[]; empty: string[] } {
  if (screen.unbounded) return { lines: unbounded(columns, screen), empty: [] }
  const [first] = columns
  if (columns.length === 1 && first!.kind === 'text') {
    return { lines: listed(first!, screen), empty: [] }
  }
  return rows(unitsInHeads(columns), screen) ?? { lines: records(columns, screen), empty: [] }
}

/** Each row as one line. */
function unbounded(columns: ShownColumn[], screen: Screen): string[] {
  const shown = unitsInHeads(columns)
  const { heads, rows } = grid(shown, unboundedWidths(shown), screen)
  return [...heads, ...rows]
}

/** A column alone, such as a plan's lines, each whole: what is longer than the screen continues below itself. */
function listed(column: ShownColumn, screen: Screen): string[] {
  const width = Math.min(naturalWidth(column), screen.width)
  const cells = column.cells.flatMap(({ text, paint }) =>
    wrap(text, screen.width).map((line) => ({ text: line, paint })),
  )
  const { heads, rows } = grid([{ ...column, cells }], [width], screen)
  return [...heads, ...rows]
}
