/** Leaves out of a relation what a question does not read: a server spends milliseconds on understanding every column; pure. */
import { bare } from './sql.ts'

/** Everything: `SELECT *`, `table.*`, `COLUMNS(…)`. */
const ALL = /(?:\bSELECT|\bDISTINCT|,|\.)\s*\*|\bCOLUMNS\s*\(/i

/**
 * The same SELECT with only the columns that `reader` has words for, and those that they are made of. A word in a text or a comment
 * counts too: a column too many does no harm.
 * @param relation a SELECT, of which every column ends with `AS name`
 * @param reader whatever may name a column: statements, and values of `{name:Identifier}`
 */
export function prune(relation: string, reader: string): string {
  if (readsAll(reader)) return relation
  const list = selectList(relation)
  const columns = split(relation, list.from, list.to).map((text) => ({
    text,
    name: /(\w+)\s*$/.exec(bare(text))?.[1] ?? '',
  }))
  const wanted = new Set(words(reader))
  const kept = new Set<string>()
  // Profiles name columns of their own in other columns: `status` is made of `is_error`.
  for (let before = -1; before < kept.size; ) {
    before = kept.size
    for (const { name, text } of columns) {
      if (!wanted.has(name) || kept.has(name)) continue
      kept.add(name)
      for (const word of words(text)) wanted.add(word)
    }
  }
  const left = columns.filter(({ name }, i) => kept.has(name) || (i === 0 && kept.size === 0))
  const text = left.map((column) => column.text.trim()).join(',\n  ')
  return `${relation.slice(0, list.from)}\n  ${text}\n${relation.slice(list.to)}`
}

/** Whether a statement reads every column, whatever they are called. */
export function readsAll(sql: string): boolean {
  return ALL.test(bare(sql))
}

function words(text: string): string[] {
  return text.match(/\w+/g) ?? []
}

/** Where the columns of the outermost SELECT are. */
function selectList(sql: string): { from: number; to: number } {
  const plain = topLevel(sql)
  const from = plain.search(/\bSELECT\b/) + 'SELECT'.length
  const length = plain.slice(from).search(/\bFROM\b/)
  return { from, to: length === -1 ? sql.length : from + length }
}

/** The pieces between commas that are in no parenthesis. */
function split(sql: string, from: number, to: number): string[] {
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

/** Spaces instead of comments, texts and whatever is in parentheses. */
function topLevel(sql: string): string {
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
