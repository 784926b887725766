/** The same SQL in fewer lines: without comments, and with filled lines. */
import { bare, uncommented } from '../../query/sql-text.ts'

const WIDTH = 120

/** Begins a line of its own. */
const CLAUSE =
  /^(?:\)|(?:SELECT|FROM|WHERE|GROUP|HAVING|ORDER|LIMIT|WITH|UNION|ARRAY|LEFT|INNER|ANY)\b)/

/** A statement in lines of at most 120 columns, or of one word; one with a text over several lines stays as it is. */
export function inFewerLines(sql: string): string {
  const text = uncommented(sql)
  if (bare(text).split('\n').length < text.split('\n').length) return sql
  const lines: string[] = []
  for (const line of text.split('\n')) {
    const more = line.trim()
    if (more === '') continue
    const last = lines.at(-1) ?? ''
    const joined = `${last}${/[([]$/.test(last) ? '' : ' '}${more}`
    // Each definition of the outermost WITH begins a line.
    const isApart = CLAUSE.test(more) || !line.startsWith(' ') || /^\S.*,$/.test(last)
    if (isApart || joined.length > WIDTH || /\bAS \($/.test(last)) lines.push(line.trimEnd())
    else lines[lines.length - 1] = joined
  }
  return lines.join('\n')
}
