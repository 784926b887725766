/** Finds placeholders and words in SQL text, outside of comments and strings. */

/** A comment, a string or a quoted name: `[start, end)` is opaque. */
interface Opaque {
  start: number
  end: number
  isName: boolean
}

/** What begins one, in a text without dollars. */
const BEGIN = /--|#[ !]|\/\/|\/\*|['"`‘“]/g
/** The same with heredocs. A word may hold dollars, and then begins none. */
const BEGIN_OR_DOLLARS = /\w[\w$]*|--|#[ !]|\/\/|\/\*|['"`‘“]|\$\w*\$/g
const LINE_COMMENT = /^(?:--|#|\/\/)/
const CLOSING = new Map([
  ['‘', '’'],
  ['“', '”'],
  ['/*', '*/'],
])

/**
 * Comments (`--`, `#` before a space or `!`, `//`, `/*`), strings (also `$tag$…$tag$` and ‘…’) and quoted names, as
 * ClickHouse's lexer finds them: https://github.com/ClickHouse/ClickHouse/blob/master/src/Parsers/Lexer.cpp.
 * One without an end goes to the end of the text. A linear scan.
 */
function* opaque(sql: string): Generator<Opaque> {
  const hasDollars = sql.includes('$')
  const tags = hasDollars ? [...sql.matchAll(/(?=(\$\w*\$))/g)] : []
  const lastTags = new Map(tags.map(({ 1: tag, index }) => [tag!, index]))
  const ending = (text: string, from: number) => {
    const at = sql.indexOf(text, from)
    return at === -1 ? sql.length : at + text.length
  }
  const pattern = new RegExp(hasDollars ? BEGIN_OR_DOLLARS : BEGIN)
  for (let begin = pattern.exec(sql); begin; begin = pattern.exec(sql)) {
    const { 0: text, index: start } = begin
    const inside = start + text.length
    const closing = CLOSING.get(text)
    let end = inside
    if (LINE_COMMENT.test(text)) {
      const newline = sql.indexOf('\n', inside)
      end = newline === -1 ? sql.length : newline
    } else if (closing !== undefined) end = ending(closing, inside)
    else if (/^['"`]/.test(text)) end = endOfQuote(sql, start)
    else if (text.startsWith('$') && lastTags.get(text)! >= inside) end = ending(text, inside)
    if (end === inside) continue
    yield { start, end, isName: /^["`“]/.test(text) }
    pattern.lastIndex = end
  }
}

/** The offset behind a quoted text, in which a backslash or a second quote escapes. */
function endOfQuote(sql: string, start: number): number {
  const quote = sql[start]!
  for (let at = start + 1; at < sql.length; at++) {
    if (sql[at] === '\\') at++
    else if (sql[at] === quote && sql[++at] !== quote) return at
  }
  return sql.length
}

function withoutOpaque(sql: string, instead: (text: string, found: Opaque) => string): string {
  let out = ''
  let from = 0
  for (const found of opaque(sql)) {
    out += sql.slice(from, found.start) + instead(sql.slice(found.start, found.end), found)
    from = found.end
  }
  return out + sql.slice(from)
}

/** Spaces instead of comments and quoted text, so that offsets stay. */
export const bare = remembered((sql) => withoutOpaque(sql, (text) => ' '.repeat(text.length)))

/** The same, but keeps quoted names: they name columns and tables too. */
export const naming = remembered((sql) =>
  withoutOpaque(sql, (text, { isName }) =>
    isName ? ` ${text.slice(1, -1)} ` : ' '.repeat(text.length),
  ),
)

const COMMENT = /^(?:--|#[ !]|\/[/*])/

/** The same, but with quotes instead of quoted text, which is not white space: `'x'` is `'''`. */
export const solid = remembered((sql) =>
  withoutOpaque(sql, (text) => (COMMENT.test(text) ? ' ' : "'").repeat(text.length)),
)

/** Without the semicolons at the end, and what follows them. A comment at the end stays if none is before it. */
export function withoutSemicolons(text: string): string {
  const plain = solid(text)
  let end = text.length
  // A pattern would look at each run of spaces, such as a comment's, from every one of them.
  for (let at = end - 1; /[\s;]/.test(plain[at] ?? ''); at--) if (plain[at] === ';') end = at
  return text.slice(0, end).trim()
}

/** The same text with a space for each comment, which may part two words. */
export const uncommented = (sql: string) =>
  withoutOpaque(sql, (text) => (COMMENT.test(text) ? ' ' : text))

/** A function of a text, and a way to tell it a result. */
interface Remembered<T> {
  (sql: string): T
  know(sql: string, result: T): void
}

/** A function of a text that keeps its last results: composing a query looks at each text a dozen times. */
export function remembered<T>(change: (sql: string) => T): Remembered<T> {
  const known = new Map<string, T>()
  const know = (sql: string, result: T) => {
    if (known.size > 50) known.clear()
    known.set(sql, result)
  }
  const find = (sql: string) => {
    const before = known.get(sql)
    if (before !== undefined) return before
    const changed = change(sql)
    know(sql, changed)
    return changed
  }
  return Object.assign(find, { know })
}

/** `{name:Type}` placeholders in order of appearance, name → type. Types may hold quotes: `DateTime64(9, 'UTC')`. */
export function placeholders(sql: string): Map<string, string> {
  const found = new Map<string, string>()
  const plain = bare(sql)
  for (const match of plain.matchAll(/\{\s*(\w+)\s*:([^{}]*)\}/g)) {
    const type = sql.slice(match.index, match.index + match[0].length).replace(/^\{[^:]*:|\}$/g, '')
    if (!found.has(match[1]!)) found.set(match[1]!, type.trim())
  }
  return found
}

/**
 * Whether a statement reads a relation by that bare name: after FROM or JOIN, or in a list of tables. One that the
 * statement's own WITH defines is read by that definition alone.
 */
export function reads(sql: string, relation: string): boolean {
  const named = naming(sql)
  // Most are in no query, and V8 takes 0.1 ms to compile and run a pattern for each.
  if (!named.toLowerCase().includes(relation)) return false
  const own = definitionOf(sql, relation)
  if (own !== undefined) return reads(own, relation)
  return new RegExp(
    `\\b(?:FROM|JOIN|IN)\\s*\\(?\\s*${relation}\\b|,\\s*${relation}\\b(?!\\s+(?:ASC|DESC)\\b)`,
    'i',
  ).test(named)
}

/** The SELECT of a relation in the statement's WITH: `WITH relation AS (SELECT …)`. */
function definitionOf(sql: string, relation: string): string | undefined {
  const top = topLevel(sql)
  if (!/^\s*WITH\b/i.test(top)) return undefined
  const pattern = new RegExp(`\\b${relation}\\s+AS\\s*\\(`, 'gi')
  const found = [...bare(sql).matchAll(pattern)].find(({ index }) => top[index] !== ' ')
  if (!found) return undefined
  const start = found.index + found[0].length
  return sql.slice(start, endOfParenthesis(sql, start))
}

/** The SELECTs from a relation by that bare name, each to the parenthesis that closes it. */
export function readersOf(sql: string, relation: string): string[] {
  const plain = bare(sql)
  return [...plain.matchAll(new RegExp(`\\bFROM\\s+${relation}\\b`, 'g'))].map(({ index }) => {
    let start = index
    for (let depth = 0; start > 0 && depth <= 0; start--) {
      if (plain[start - 1] === ')') depth--
      else if (plain[start - 1] === '(') depth++
    }
    return sql.slice(start, endOfParenthesis(sql, index))
  })
}

/** Whether a word is in a statement, as the name of a column or a function. */
export function mentions(sql: string, word: string): boolean {
  return new RegExp(`\\b${word}\\b`).test(naming(sql))
}

/** The same text with every `{name:` renamed, which keeps one predicate's parameters apart from another's. */
export function renamePlaceholders(sql: string, rename: (name: string) => string): string {
  const plain = bare(sql)
  let out = ''
  let from = 0
  for (const match of plain.matchAll(/\{\s*(\w+)\s*:/g)) {
    out += `${sql.slice(from, match.index)}{${rename(match[1]!)}:`
    from = match.index + match[0].length
  }
  return out + sql.slice(from)
}

/** Spaces instead of comments, strings and parenthesized text. */
export const topLevel = remembered((sql) => {
  const plain = bare(sql)
  let shown = ''
  let depth = 0
  let from = 0
  const show = (to: number, isShown: boolean) => {
    shown += isShown ? plain.slice(from, to) : ' '.repeat(to - from)
    from = to
  }
  for (const { index, 0: bracket } of plain.matchAll(/[([{}\])]/g)) {
    show(index, depth === 0)
    const opens = '([{'.includes(bracket)
    if (opens) depth++
    show(index + 1, depth === 0)
    if (!opens) depth--
  }
  show(plain.length, depth === 0)
  return shown
})

/** The pieces between commas outside of parentheses, each also without comments, and with quotes for quoted text. */
export function split(sql: string, from = 0, to = sql.length): { text: string; plain: string }[] {
  const [plain, top] = [solid(sql), topLevel(sql)]
  const piece = (start: number, end: number) => ({
    text: sql.slice(start, end),
    plain: plain.slice(start, end),
  })
  const pieces: { text: string; plain: string }[] = []
  let start = from
  for (let i = top.indexOf(',', from); i !== -1 && i < to; i = top.indexOf(',', start)) {
    pieces.push(piece(start, i))
    start = i + 1
  }
  return [...pieces, piece(start, to)]
}

/** The offset of the parenthesis that closes the one before `from`, or of the text's end. */
export function endOfParenthesis(sql: string, from: number): number {
  const plain = bare(sql)
  const pattern = /[([{}\])]/g
  pattern.lastIndex = from
  let depth = 0
  for (let found = pattern.exec(plain); found; found = pattern.exec(plain)) {
    if ('([{'.includes(found[0])) depth++
    else if (depth-- === 0) return found.index
  }
  return sql.length
}

/** Whether a statement looks up the parents of spans, for requests that kinds alone do not show. */
export const looksUpParents = (sql: string) =>
  sql.includes('cityHash64(trace_id, parent_id, service)')
