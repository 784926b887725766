/** Marks: placeholders in SQL comments, so that a file with marks stays valid SQL. */
import { endOfParenthesis, split } from './sql-text.ts'

/** The same SQL with each `if(/*+ name *\/1, then, otherwise)` replaced by one branch. */
export function resolveCondition(sql: string, name: string, value: boolean): string {
  const head = `if(/*+ ${name} */1,`
  let resolved = ''
  let from = 0
  for (let start = sql.indexOf(head); start !== -1; start = sql.indexOf(head, from)) {
    const inside = start + head.length
    const end = endOfParenthesis(sql, inside)
    const [then, otherwise] = split(sql.slice(inside, end))
    resolved += sql.slice(from, start) + ((value ? then : otherwise)?.text ?? '').trim()
    from = end + 1
  }
  return resolved + sql.slice(from)
}

/** The same for several marks. */
export function resolveConditions(sql: string, values: Record<string, boolean>): string {
  if (!sql.includes('if(/*+ ')) return sql
  return Object.entries(values).reduce(
    (text, [name, value]) => resolveCondition(text, name, value),
    sql,
  )
}

/**
 * The same SQL with each `/*+ name *\/` of `values`, and the word or the '' that touches it, replaced by its value.
 */
export function paste(sql: string, values: Record<string, string>): string {
  return sql.replace(/\/\*\+ (\w+) \*\/(?:\w+|'')?/g, (mark, name: string) => values[name] ?? mark)
}
