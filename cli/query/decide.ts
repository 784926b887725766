/** Settles conditions that are known before the server is asked, which then need not understand what is left out; pure. */
import { split, topLevel } from './sql.ts'

/** The same text with every `if({name:UInt8}, then, otherwise)` replaced by the one or the other. */
export function decide(sql: string, name: string, value: boolean): string {
  const head = `if({${name}:UInt8},`
  const start = sql.indexOf(head)
  if (start === -1) return sql
  const inside = sql.slice(start + head.length)
  const end = topLevel(inside).indexOf(')')
  const [then = '', otherwise = ''] = split(inside, 0, end)
  const chosen = (value ? then : otherwise).trim()
  return sql.slice(0, start) + chosen + decide(inside.slice(end + 1), name, value)
}
