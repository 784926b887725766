/** A schema file, `queries/spans/<schema>.sql`: maps one table layout to `spans`. */
import { usage } from '../errors.ts'
import { type Header, readHeader, type Tag } from './header.ts'
import { clauses, type Item, joined } from './prune.ts'

/** Every predicate that a schema has; each filter flag becomes one of them. */
export const FILTERS = [
  'from',
  'to',
  'service',
  'name',
  'operation',
  'kind',
  'error',
  'event',
  'min-duration',
  'max-duration',
  'attr-equals',
  'attr-differs',
  'attr-matches',
  'attr-above',
  'attr-below',
  'attr-at-least',
  'attr-at-most',
  'attr-present',
  'resource-equals',
  'resource-differs',
  'resource-matches',
  'resource-above',
  'resource-below',
  'resource-at-least',
  'resource-at-most',
  'resource-present',
  'trace',
  'sampled-by-state',
  'sampled-by-rate',
  'unsampled',
  'arrived',
] as const

export type Filter = (typeof FILTERS)[number]

/** Whether a filter chooses spans by their names. */
export const byName = (filter: Filter) => filter === 'name' || filter === 'operation'

export interface Schema {
  /** The schema's name: the file's. */
  name: string
  title: string
  /** Columns that a table must have: name → start of its type. */
  needs: Map<string, string>
  /** Predicates with `{key:…}` and `{value:…}` for the typed values. */
  filters: Map<Filter, string>
  /** Tables with the times of each trace; the first that a store has is used. */
  lookups: Lookup[]
  /** The table of sums of attributes; `{table}` is the name of the spans table. */
  rollup?: string
  /** The table of log records. */
  logs?: string
  /** The columns whose values exporters spell in several ways: kind and status. */
  spellings?: [kind: string, status: string]
  /** The table that a collector keeps its failed spans in once more: all with `is_failure` or a `severity`. */
  failures?: string
  /** Conditions: a span may be stored again; an hour may have such spans. Of a table whose collector looks for them. */
  repeats?: { second: string; hour: string }
  /** A SELECT that ends with its FROM clause; the composer adds the WHERE. */
  sql: string
}

export interface Lookup {
  /** `{table}` is the name of the spans table. */
  table: string
  /** Columns: the trace's id, and the start times of its first and last span. */
  id: string
  start: string
  end: string
  /** `start` or `end` if it is the partition key: the server knows its extremes without reading. */
  extent: string
}

/** Parts that schemas share, `queries/spans/shared/<name>.sql`: name → path and text. */
export type Shared = ReadonlyMap<string, { path: string; text: string }>

/** Parts of every schema. */
const COMMON = ['entries', 'names', 'conventions', 'dimension', 'identity', 'sampling', 'filters']

/**
 * Reads one schema file. It inherits columns, definitions and tags from the included parts; its own take precedence.
 * @throws OtraceError (exit 2) with file and line
 */
export function parseSchema(path: string, text: string, shared: Shared = new Map()): Schema {
  const { title, tags, sql } = readHeader(path, text)
  const schema: Omit<Schema, 'sql'> = {
    name: path.replace(/^.*\//, '').replace(/\.sql$/, ''),
    title,
    needs: new Map(),
    filters: new Map(),
    lookups: [],
  }
  const included = tags.filter(({ name }) => name === 'include')
  const take = (part: string): string => {
    const found = shared.get(part)
    if (!found) {
      throw usage(
        `${path}: unknown part '${part}'`,
        `the parts are ${[...shared.keys()].join(', ')}`,
      )
    }
    const header = headerOf(found)
    readTags(schema, found.path, header.tags)
    return header.sql
  }
  const common = COMMON.filter((part) => shared.has(part)).map(take)
  const own = included.flatMap(({ text }) => text.split(/[\s,]+/)).map(take)
  readTags(schema, path, tags)
  const missing = FILTERS.filter((name) => !schema.filters.has(name))
  if (missing.length > 0) {
    throw usage(
      `${path}: no predicate for ${missing.join(', ')}`,
      `add the line: -- @filter ${missing[0]} <predicate>`,
    )
  }
  return withSql(schema, () => merge([...own, sql], common))
}

/** The schema with SQL that is made when it is read: a command reads one schema of all. */
export function withSql(schema: Omit<Schema, 'sql'>, make: () => string): Schema {
  let made: string | undefined
  return Object.defineProperty(schema as Schema, 'sql', {
    enumerable: true,
    get: () => {
      made ??= make()
      return made
    },
  })
}

const headers = new WeakMap<object, Header>()

/** The header of a shared part, which every schema has. */
function headerOf(part: { path: string; text: string }): Header {
  const known = headers.get(part) ?? readHeader(part.path, part.text, { sqlNeeded: false })
  headers.set(part, known)
  return known
}

/**
 * One SELECT of the columns and definitions of several. The last of `selects` has the FROM clause and wins; `common`
 * has what no other defines.
 */
function merge(selects: string[], common: string[]): string {
  const read = (sqls: string[]) => sqls.filter((sql) => sql !== '').map(clauses)
  const [own, shared] = [read(selects), read(common)]
  const { rest } = clauses(selects.at(-1)!)
  const list = (kind: 'definitions' | 'columns') => {
    const byName = new Map<string, Item>()
    for (const item of own.flatMap((part) => part[kind])) byName.set(item.name, item)
    for (const item of shared.flatMap((part) => part[kind]))
      if (!byName.has(item.name)) byName.set(item.name, item)
    byName.delete('NULL')
    return [...byName.values()]
  }
  return joined({ definitions: list('definitions'), columns: list('columns'), rest })
}

const TAGS = [
  'include',
  'needs',
  'filter',
  'lookup',
  'rollup',
  'logs',
  'failures',
  'spellings',
  'repeats',
]
/** Tags with the name of a table. */
const TABLES = ['rollup', 'logs', 'failures'] as const

function readTags(schema: Omit<Schema, 'sql'>, path: string, tags: Tag[]): void {
  for (const tag of tags) {
    const at = `${path}:${tag.line}`
    const [word = '', rest = ''] = tag.text.split(/\s+(.*)/s)
    const table = TABLES.find((name) => name === tag.name)
    if (tag.name === 'needs') schema.needs.set(word, rest)
    else if (tag.name === 'filter') schema.filters.set(filterName(at, word), rest)
    else if (tag.name === 'lookup') schema.lookups.push(readLookup(at, tag.text))
    else if (table) schema[table] = tag.text
    else if (tag.name === 'spellings') schema.spellings = [word, rest]
    else if (tag.name === 'repeats') {
      const [second = '', hour = ''] = tag.text.split(/ \|\s+/)
      schema.repeats = { second, hour }
    } else if (tag.name !== 'include') {
      throw usage(
        `${at}: unknown tag @${tag.name}`,
        `use ${TAGS.map((tag) => `@${tag}`).join(', ')}`,
      )
    }
  }
}

function readLookup(at: string, text: string): Lookup {
  const [table, id, start, end, extent = start] = text.split(/\s+/)
  if (table && id && start && end && extent) return { table, id, start, end, extent }
  throw usage(
    `${at}: not a table and its columns: '${text}'`,
    'write it like: -- @lookup {table}_trace_id_ts TraceId Start End',
  )
}

function filterName(at: string, word: string): Filter {
  const found = FILTERS.find((name) => name === word)
  if (found) return found
  throw usage(`${at}: unknown filter '${word}'`, `the filters are ${FILTERS.join(', ')}`)
}

/** The schema's first lookup table among the tables beside the spans. */
export function lookupOf(
  { lookups }: Schema,
  table: string,
  beside: ReadonlySet<string>,
): Lookup | undefined {
  return lookups
    .map((lookup) => ({ ...lookup, table: lookup.table.replace('{table}', () => table) }))
    .find((lookup) => beside.has(lookup.table))
}
