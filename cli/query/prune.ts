/** Removes from a relation the columns that a query does not read. */
import { bare, naming, remembered, split, topLevel } from './sql-text.ts'

/** Every column: `SELECT *`, `table.*`, `f(*)`, `TOP 1 *`, `COLUMNS(…)`; a star between operands is a product. */
const ALL =
  /(?:\bSELECT|\bDISTINCT|\bALL|,|\.|\()\s*\*|\*\s*(?:[,)]|$|\b(?:FROM|EXCEPT|REPLACE|APPLY|COLUMNS)\b)|\bCOLUMNS\s*\(/i
const WORD = /\w+/g
/** Reads no column at all. */
const COUNT = /\bcount\s*\(\s*\*\s*\)/gi

export interface Item {
  text: string
  /** The name after its last AS, or of a relation: `name AS (…)`. */
  name: string
  /** The words that may be names. */
  words: readonly string[]
}

/**
 * The same SELECT with the columns that `reader` and `where` name, and the columns and definitions that these need.
 * ClickHouse takes milliseconds to analyse unused columns. A word may be in another scope, or a function: an extra
 * column does no harm.
 * @param relation a SELECT whose columns and definitions all end with `AS name`
 * @param reader text that may name a column: statements, and values of `{name:Identifier}`
 * @param where the text after the relation
 * @param above a SELECT from this relation: its own columns are added to it
 */
export function prune(relation: string, reader: string, where = '', above = ''): string {
  if (readsAll(reader)) return relation
  const { definitions, columns: own, rest } = clauses(relation)
  const made = clauses(above).columns.filter(({ text, name }) => text !== name)
  const columns = [...own, ...made]
  const wanted = new Set(wordsIn(`${reader}\n${where}`))
  const defined = new Set(wordsIn(rest + where))
  const kept = new Set(columns.filter(({ text }) => text === '*'))
  const keep = (items: readonly Item[], names: Set<string>) => {
    for (const item of items) {
      if (!names.has(item.name) || kept.has(item)) continue
      kept.add(item)
      for (const word of item.words) {
        wanted.add(word)
        defined.add(word)
      }
    }
  }
  // Columns use other columns: `status` uses `is_error`.
  for (let before = -1; before < kept.size; ) {
    before = kept.size
    keep(columns, wanted)
    keep(definitions, defined)
  }
  if (!columns.some((column) => kept.has(column))) keep([columns[0]!], new Set([columns[0]!.name]))
  const those = (items: readonly Item[]) => items.filter((item) => kept.has(item))
  return joined({ definitions: those(definitions), columns: those(columns), rest })
}

/** The item with another text of the same name. */
export function withText(item: Item, text: string): Item {
  return text === item.text ? item : { ...item, text, words: wordsIn(text) }
}

/** The SELECT of its clauses, which are not looked for in it again. */
export function joined(parts: Clauses): string {
  const list = (items: readonly Item[]) => items.map(({ text }) => text).join(',\n  ')
  const head = list(parts.definitions)
  const sql = `${head && `WITH\n  ${head}\n`}SELECT\n  ${list(parts.columns)}\n${parts.rest}`
  clauses.know(sql, parts)
  return sql
}

/** Whether a statement reads every column. */
export function readsAll(sql: string): boolean {
  return ALL.test(bare(sql).replace(COUNT, ' '))
}

/** The words outside of comments and strings: `'http.route'` is not the column `route`. */
export function wordsIn(text: string): string[] {
  return naming(text).match(WORD) ?? []
}

export interface Clauses {
  definitions: readonly Item[]
  columns: readonly Item[]
  rest: string
}

/** The outermost SELECT: its WITH definitions, its columns, and the rest. */
export const clauses = remembered((sql): Clauses => {
  const plain = topLevel(sql)
  const head = /\bWITH\b/.exec(plain)
  const select = plain.search(/\bSELECT\b/)
  const from = plain.slice(select).search(/\bFROM\b/)
  const end = from === -1 ? sql.length : select + from
  return {
    definitions: head ? items(sql, head.index + 'WITH'.length, select) : [],
    columns: items(sql, select + 'SELECT'.length, end),
    rest: sql.slice(end),
  }
})

function items(sql: string, from: number, to: number): Item[] {
  const named = naming(sql)
  let start = from
  return split(sql, from, to).map(({ text, plain }) => {
    const own = named.slice(start, start + text.length)
    start += text.length + 1
    return {
      text: text.trim(),
      name: /^\s*(\w+)\s+AS\s+\(|(\w+)\s*$/.exec(plain)?.slice(1).find(Boolean) ?? '',
      words: own.match(WORD) ?? [],
    }
  })
}

/** The names of the outermost SELECT's columns; none if the text does not show them all. */
export function resultColumns(sql: string): string[] {
  const { columns } = clauses(sql)
  const hidden = columns.some(({ text, name }) => name === '' || readsAll(`SELECT ${text}`))
  return hidden ? [] : columns.map(({ name }) => name)
}
