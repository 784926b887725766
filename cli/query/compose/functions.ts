/** The functions of the library that a statement calls. */
import { resolveConditions } from '../marks.ts'
import { clauses, withText } from '../prune.ts'
import { mentions } from '../sql-text.ts'
import type { Library } from './source.ts'

/** The functions that a statement calls, directly or indirectly. */
export function calledFunctions(
  sql: string,
  library: string,
  weighted: boolean,
  hourly = false,
): string[] {
  const definitions = clauses(library).definitions.map((item) =>
    withText(item, resolveConditions(item.text, { hourly, weighted })),
  )
  const used = new Set<string>()
  let text = sql
  for (let before = -1; before < used.size; ) {
    before = used.size
    for (const item of definitions) {
      if (used.has(item.text) || !mentions(text, item.name)) continue
      used.add(item.text)
      text += `\n${item.text}`
    }
  }
  return definitions.flatMap((item) => (used.has(item.text) ? [item.text] : []))
}

/** A statement with the functions that it calls. */
export function withFunctions(sql: string, { functions: library }: Library): string {
  return `WITH\n${calledFunctions(sql, library, false).join(',\n')}\n${sql}`
}
