/** A table for people: light rules, columns fitted to the screen, nothing dropped. Pure; the renderer of `@panel table`. */
import { type ShownColumn, shownColumns } from './columns.ts'
import { grid } from './grid.ts'
import { records } from './records.ts'
import type { Answer, Screen } from './renderer.ts'
import { heading, noRows, theme } from './theme.ts'

/**
 * `answer` as lines of at most `screen.width` columns. Long texts are cut first; then ids, which are never cut, move below
 * their rows; then rows become records, one below the other.
 */
export function table(answer: Answer, screen: Screen): string {
  if (answer.rows.length === 0) return noRows(answer.title, screen)
  const { columns, note } = shownColumns(answer, screen)
  const lines = grid(columns, screen) ?? withIdsBelow(columns, screen) ?? records(columns, screen)
  return [heading(answer.title, note, screen), ...lines].filter((line) => line !== '').join('\n')
}

/** Each row's ids, named, in a line of their own; undefined when even that does not fit. */
function withIdsBelow(columns: ShownColumn[], screen: Screen): string[] | undefined {
  const ids = columns.filter(({ isId }) => isId)
  const others = columns.filter(({ isId }) => !isId)
  const lines = ids.length > 0 && others.length > 0 && grid(others, screen)
  if (!lines) return undefined
  const { dim } = theme(screen.colour)
  const [heads, rules, ...rows] = lines
  const below = rows.map((_, i) => {
    return ids.map(({ head, cells }) => `  ${head.text} ${cells[i]!.text}`).join('')
  })
  if (below.some((line) => line.length > screen.width)) return undefined
  return [heads!, rules!, ...rows.flatMap((row, i) => [row, dim(below[i]!)])]
}
