/** The same SQL in fewer lines: without comments, and with filled lines. */
import { bare, uncommented } from '../../query/sql-text.ts'

const WIDTH = 120
/** Of a line with several clauses. */
const CLAUSES_WIDTH = 100

/** Begins a line of its own. */
const CLAUSE =
  /^(?:\)|(?:SELECT|FROM|WHERE|GROUP|HAVING|ORDER|LIMIT|WITH|UNION|ARRAY|LEFT|INNER|ANY)\b)/
/** May follow another clause on its line. */
const SHORT = /^(?:WHERE|GROUP|HAVING|ORDER|LIMIT)\b/

/** A statement in lines of at most 120 columns, or of one word; one with a text over several lines stays as it is. */
export function inFewerLines(sql: string): string {
  const text = uncommented(sql)
  if (bare(text).split('\n').length < text.split('\n').length) return sql
  const lines: string[] = []
  for (const line of folded(text).split('\n')) {
    const more = line.trim()
    if (more === '') continue
    const last = lines.at(-1) ?? ''
    if (last !== '' && follows(last, line)) lines[lines.length - 1] = `${last}${gap(last)}${more}`
    else lines.push(line.trimEnd())
  }
  return lines.join('\n')
}

const gap = (before: string) => (/[([]$/.test(before) ? '' : ' ')

/** Whether a line may go on the line before. */
function follows(last: string, line: string): boolean {
  const more = line.trim()
  const length = last.length + gap(last).length + more.length
  if (SHORT.test(more) && /^(?:FROM|WHERE|GROUP|HAVING|ORDER)\b/.test(last.trim()))
    return indent(last) === indent(line) && length <= CLAUSES_WIDTH
  if (last === 'WITH' || (/^\s*SELECT \*$/.test(last) && more.startsWith('FROM '))) return true
  // Each definition of the outermost WITH begins a line.
  const isDefinition = /^(?!SELECT)\S.*,$/.test(last)
  const isApart = CLAUSE.test(more) || !line.startsWith(' ') || isDefinition
  return !isApart && length <= WIDTH && !/\bAS \($/.test(last)
}

const indent = (line: string) => line.search(/\S/)

/** Each text in parentheses that fits on one line stands there. */
function folded(sql: string): string {
  let text = sql
  let plain = bare(text)
  const open: number[] = []
  for (let at = 0; at < text.length; at++) {
    if ('(['.includes(plain[at]!)) open.push(at)
    if (!')]'.includes(plain[at]!)) continue
    const from = (open.pop() ?? -1) + 1
    const inside = text.slice(from, at)
    if (!inside.includes('\n')) continue
    const one = inside.trim().replace(/\s*\n\s*/g, ' ')
    const start = text.lastIndexOf('\n', from - 1) + 1
    const end = text.indexOf('\n', at)
    const length = from - start + one.length + (end === -1 ? text.length : end) - at
    if (length > WIDTH) continue
    text = text.slice(0, from) + one + text.slice(at)
    plain = bare(text)
    at = from + one.length
  }
  return text
}
