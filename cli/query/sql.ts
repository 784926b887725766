/** The little that otrace reads of SQL text: placeholders and words, with comments and strings left out. */

/** Comments, strings and quoted names; everything in them is opaque. */
const OPAQUE =
  /--[^\n]*|#![^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`/g

/** Spaces instead of comments and quoted text, so that offsets stay. */
export function bare(sql: string): string {
  return sql.replace(OPAQUE, (text) => ' '.repeat(text.length))
}

/** The same with quoted names left to read, as they name columns and tables like others. */
function naming(sql: string): string {
  return sql.replace(OPAQUE, (text) =>
    /^["`]/.test(text) ? ` ${text.slice(1, -1)} ` : ' '.repeat(text.length),
  )
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

/** Whether a statement reads a relation by that bare name: after FROM or JOIN, or in a list of tables. */
export function reads(sql: string, relation: string): boolean {
  return new RegExp(`\\b(?:FROM|JOIN|IN)\\s*\\(?\\s*${relation}\\b|,\\s*${relation}\\b`, 'i').test(
    naming(sql),
  )
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

/** Spaces instead of comments, texts and whatever is in parentheses. */
export function topLevel(sql: string): string {
  let depth = 0
  // UTF-16 units, so that offsets are those of the text.
  return bare(sql)
    .split('')
    .map((character) => {
      if ('([{'.includes(character)) depth++
      const shown = depth === 0 ? character : ' '
      if (')]}'.includes(character)) depth--
      return shown
    })
    .join('')
}

/** The pieces between commas that are in no parenthesis. */
export function split(sql: string, from = 0, to = sql.length): string[] {
  const plain = topLevel(sql)
  const pieces: string[] = []
  let start = from
  for (let i = from; i < to; i++) {
    if (plain[i] !== ',') continue
    pieces.push(sql.slice(start, i))
    start = i + 1
  }
  return [...pieces, sql.slice(start, to)]
}
