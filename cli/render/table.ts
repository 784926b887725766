/** A table for people: light rules, columns fitted to the screen, nothing dropped. Pure; the renderer of `@panel table`. */
import { type ShownColumn, shownColumns, unitsInHeads } from './columns.ts'
import { grid, naturalWidth } from './grid.ts'
import { records } from './records.ts'
import type { Answer, Screen } from './renderer.ts'
import { rows } from './rows.ts'
import { wrap } from './text.ts'
import { heading, noRows } from './theme.ts'

/**
 * `answer` as lines of at most `screen.width` columns. Where columns do not fit, names are shortened and what is long moves below
 * its row; where that does not help either, rows become records, one below the other. Ids are never cut.
 */
export function table(answer: Answer, screen: Screen): string {
  if (answer.rows.length === 0) return noRows(answer.title, screen)
  const { columns, note } = shownColumns(answer, screen)
  const only = columns.length === 1 && columns[0]!.kind === 'text' ? columns[0]! : undefined
  const drawn = only
    ? { lines: listed(only, screen), empty: [] }
    : (rows(unitsInHeads(columns), screen) ?? { lines: records(columns, screen), empty: [] })
  const notes = [note, drawn.empty.length > 0 ? `no ${drawn.empty.join(', ')}` : '']
  return [heading(answer.title, notes.filter(Boolean).join(' · '), screen), ...drawn.lines]
    .filter((line) => line !== '')
    .join('\n')
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
