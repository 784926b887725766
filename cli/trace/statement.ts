/** What statements have in common: their literals taken out; used where alike spans are put together. */
import type { SpanRow } from './span.ts'

/**
 * What a statement is made of, as far as it matters here: quoted texts and numbers, which are literals, and what looks like one but is
 * none (quoted identifiers, placeholders, words with digits). A number after a word and a colon is a part of a key, as in `user:7`.
 */
const PART =
  /(?:\b[nebx])?'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`[^`]*`|[$:@?]\w+|[a-z_][\w$]*(?::\d+)?|(?:(?<=[=<>(,]\s*)-)?(?:0x[\da-f]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?)/gi

/** A list of placeholders and literals that were taken out, however long. */
const LIST = /\bin\s*\(\s*(?:\?|[$:@]\w+|null)(?:\s*,\s*(?:\?|[$:@]\w+|null))*\s*\)/gi

/** Most statements are bound, and most of the others repeat. */
const forms = new Map<string, string>()
const KEPT = 1_000

/** A statement with `?` for its numbers and quoted texts, and for what is in its `IN` lists: `… WHERE id IN (?) AND name = ?`. */
export function commonForm(statement: string): string {
  if (!/['\d]|\bin\s*\(/i.test(statement)) return statement
  const known = forms.get(statement)
  if (known !== undefined) return known
  const form = statement.replace(PART, withoutLiteral).replace(LIST, 'IN (?)')
  if (forms.size >= KEPT) forms.clear()
  forms.set(statement, form)
  return form
}

function withoutLiteral(part: string): string {
  if (/^(?:[nebx]?'|-?\d)/i.test(part)) return '?'
  return /^[a-z_]/i.test(part) ? part.replace(/:\d+$/, ':?') : part
}

/** A span's name, without literals where it is its statement. */
export function commonName({ name, db_query }: SpanRow): string {
  return name !== '' && name === db_query ? commonForm(name) : name
}
