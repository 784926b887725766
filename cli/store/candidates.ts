/** The tables of a store that could hold spans, out of the rows of `queries/store/columns.sql`; for find-spans.ts. */
import type { Row } from '../render/renderer.ts'

export interface Candidate {
  database: string
  table: string
  /** Name → type; a skip index is called `index:<what it is on>`. */
  columns: Map<string, string>
  /** `database.table` that a Distributed table stands in front of. */
  below?: string
}

export interface Tables {
  /** `database.table` → the table. */
  candidates: Map<string, Candidate>
  /** Of the server: `26.7.2.1`. */
  version: string
}

/**
 * Puts the facts together. An index on the expression of an ALIAS column has that column's name where the server can read the index
 * through it, so that a profile that needs `index:<name>` fits only there. A Distributed table has the indexes of the table below it,
 * where this server holds one.
 */
export function readTables(rows: Row[]): Tables {
  const facts = rows.map(factOf)
  const about = (what: string) => facts.filter((fact) => fact.what === what)
  const version = about('version')[0]?.name ?? ''
  const candidates = new Map<string, Candidate>()
  const aliases = new Map<string, string>()
  for (const { place, database, table, name, type, expression } of about('column')) {
    const known = candidates.get(place)
    if (known) known.columns.set(name, type)
    else candidates.set(place, { database, table, columns: new Map([[name, type]]) })
    if (expression !== '') aliases.set(`${place} ${expression}`, name)
  }
  for (const { place, name, type } of about('below')) {
    const candidate = candidates.get(place)
    if (candidate) candidate.below = `${type}.${name}`
  }
  const indexes = about('index')
  for (const [place, candidate] of candidates) {
    for (const index of indexes) {
      if (index.place !== (candidate.below ?? place)) continue
      const on = index.expression
      const alias = aliases.get(`${index.place} ${on}`) ?? aliases.get(`${place} ${on}`)
      const name = alias !== undefined && readsAlias(version) ? alias : on
      candidate.columns.set(`index:${name}`, index.type)
    }
  }
  return { candidates, version }
}

function factOf(row: Row) {
  const text = (column: string) => String(row[column])
  const [database, table] = [text('database'), text('table')]
  return {
    what: text('what'),
    place: `${database}.${table}`,
    database,
    table,
    name: text('name'),
    type: text('type'),
    expression: text('expression'),
  }
}

/** The first patch releases of their lines that read a text index through an ALIAS column; later lines all do. */
const READ_ALIAS = [
  [26, 2, 19, 43],
  [26, 3, 12, 3],
  [26, 4, 3, 37],
]

/** ClickHouse Cloud numbers its patches otherwise: there this counts from 26.5. */
function readsAlias(version: string): boolean {
  if (isFrom(version, [26, 5])) return true
  const [year, month] = numbers(version)
  const first = READ_ALIAS.find(([a, b]) => a === year && b === month)
  return first !== undefined && isFrom(version, first)
}

/** Whether a release is the given one or later: `26.3.12.3` is from `[26, 3]`. */
export function isFrom(version: string, release: readonly number[]): boolean {
  const parts = numbers(version)
  for (const [i, least] of release.entries()) {
    const part = parts[i] ?? 0
    if (part !== least) return part > least
  }
  return true
}

function numbers(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10) || 0)
}
