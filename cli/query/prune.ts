/** Leaves out of a relation what a question does not read: a server spends milliseconds on understanding every expression; pure. */
import { bare, split, topLevel } from './sql.ts'

/** Everything: `SELECT *`, `table.*`, `f(*)`, `TOP 1 *`, `COLUMNS(…)`; a star between two operands is a product. */
const ALL =
  /(?:\bSELECT|\bDISTINCT|\bALL|,|\.|\()\s*\*|\*\s*(?:[,)]|$|\b(?:FROM|EXCEPT|REPLACE|APPLY|COLUMNS)\b)|\bCOLUMNS\s*\(/i
/** Reads no column at all. */
const COUNT = /\bcount\s*\(\s*\*\s*\)/gi

interface Item {
  text: string
  /** What comes after its last AS. */
  name: string
}

/**
 * The same SELECT with only the columns that `reader` has words for, those that they are made of, and of its WITH what either and
 * `where` are made of. A word in a text or a comment counts too: an item too many does no harm.
 * @param relation a SELECT, of which every column and every definition ends with `AS name`
 * @param reader whatever may name a column: statements, and values of `{name:Identifier}`
 * @param where what follows the relation
 * @param above another SELECT, from this relation: the columns that it makes are made here
 */
export function prune(relation: string, reader: string, where = '', above = ''): string {
  if (readsAll(reader)) return relation
  const { definitions, columns: own, rest } = clauses(relation)
  const made = clauses(above).columns.filter(({ text, name }) => text !== name)
  const columns = [...own, ...made]
  const wanted = new Set(words(reader))
  const defined = new Set(words(rest + where))
  const kept = new Set<Item>()
  const keep = (items: Item[], names: Set<string>) => {
    for (const item of items) {
      if (!names.has(item.name) || kept.has(item)) continue
      kept.add(item)
      for (const word of words(item.text)) {
        wanted.add(word)
        defined.add(word)
      }
    }
  }
  // Profiles name columns of their own in other columns: `status` is made of `is_error`.
  for (let before = -1; before < kept.size; ) {
    before = kept.size
    keep(columns, wanted)
    keep(definitions, defined)
  }
  if (!columns.some((column) => kept.has(column))) keep([columns[0]!], new Set([columns[0]!.name]))
  const list = (items: Item[]) =>
    items
      .filter((item) => kept.has(item))
      .map(({ text }) => text)
      .join(',\n  ')
  const head = list(definitions)
  return `${head && `WITH\n  ${head}\n`}SELECT\n  ${list(columns)}\n${rest}`
}

/** Whether a statement reads every column, whatever they are called. */
export function readsAll(sql: string): boolean {
  return ALL.test(bare(sql).replace(COUNT, ' '))
}

function words(text: string): string[] {
  return text.match(/\w+/g) ?? []
}

/** The outermost SELECT: what its WITH defines, its columns, and what follows them. */
export function clauses(sql: string): { definitions: Item[]; columns: Item[]; rest: string } {
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
}

function items(sql: string, from: number, to: number): Item[] {
  return split(sql, from, to).map((text) => ({
    text: text.trim(),
    name: /(\w+)\s*$/.exec(bare(text))?.[1] ?? '',
  }))
}
