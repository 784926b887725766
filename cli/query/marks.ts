/** Marks: placeholders in SQL comments, so that a file with marks stays valid SQL. */
import { split, topLevel } from './sql-text.ts'

/** The same SQL with each `if(/*+ name *\/1, then, otherwise)` replaced by one branch. */
export function resolveCondition(sql: string, name: string, value: boolean): string {
  const head = `if(/*+ ${name} */1,`
  const start = sql.indexOf(head)
  if (start === -1) return sql
  const inside = sql.slice(start + head.length)
  const end = topLevel(inside).indexOf(')')
  const [then = '', otherwise = ''] = split(inside, 0, end)
  const chosen = (value ? then : otherwise).trim()
  return sql.slice(0, start) + chosen + resolveCondition(inside.slice(end + 1), name, value)
}

/**
 * The same SQL with each `/*+ name *\/` of `values`, and the word or the '' that touches it, replaced by its value.
 */
export function paste(sql: string, values: Record<string, string>): string {
  return sql.replace(/\/\*\+ (\w+) \*\/(?:\w+|'')?/g, (mark, name: string) => values[name] ?? mark)
}
