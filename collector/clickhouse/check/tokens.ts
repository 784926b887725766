/** A tokenizer for SQL text. */
import { endOfQuote } from './tree.ts'

export interface Token {
  /** `word` may begin with a digit and hold dots; `symbol` is one character. */
  kind: 'word' | 'text' | 'name' | 'symbol'
  text: string
  start: number
  /** Number of parentheses, brackets and braces around it. */
  depth: number
}

const WORD = /[\w.$\u0080-\uffff]/

export function tokenize(sql: string): Token[] {
  const tokens: Token[] = []
  let depth = 0
  for (let start = 0; start < sql.length; ) {
    const first = sql[start]!
    if (first <= ' ') {
      start++
      continue
    }
    const end = endOf(sql, start, first)
    const kind =
      first === "'"
        ? 'text'
        : first === '`' || first === '"'
          ? 'name'
          : WORD.test(first)
            ? 'word'
            : 'symbol'
    if (kind === 'symbol' && ')]}'.includes(first)) depth--
    tokens.push({ kind, text: sql.slice(start, end), start, depth })
    if (kind === 'symbol' && '([{'.includes(first)) depth++
    start = end
  }
  return tokens
}

function endOf(sql: string, start: number, first: string): number {
  if (first === "'" || first === '`' || first === '"') return endOfQuote(sql, start)
  if (!WORD.test(first)) return start + 1
  let end = start + 1
  while (end < sql.length && WORD.test(sql[end]!)) end++
  return end
}

/** With a group, so that split() keeps what it finds. */
const QUOTED = /('(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)/

/**
 * The statement with other text for what `pattern` finds outside of quotes.
 * @param sql as the engine prints it, which quotes with backslashes and has no comments
 * @param pattern with the flag g
 */
export function replaceCode(
  sql: string,
  pattern: RegExp,
  instead: (found: string) => string,
): string {
  const parts = sql.split(QUOTED)
  return parts.map((part, i) => (i % 2 === 0 ? part.replace(pattern, instead) : part)).join('')
}
