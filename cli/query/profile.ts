/** A span profile (`queries/spans/<schema>.sql`): how one storage schema is read as `spans`, and its filters; pure. */
import { OtraceError } from '../errors.ts'
import { readHeader, type Tag } from './header.ts'

/** Every predicate that a profile offers; each population flag becomes one of them. */
export const FILTERS = [
  'from',
  'to',
  'service',
  'name',
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
  'attr-present',
  'resource-equals',
  'resource-differs',
  'resource-matches',
  'resource-above',
  'resource-below',
  'resource-present',
  'trace',
  'sampled-by-state',
  'sampled-by-rate',
  'unsampled',
] as const

export type Filter = (typeof FILTERS)[number]

export interface Profile {
  /** The schema's name: the file's. */
  name: string
  title: string
  /** Columns that a table must have to be read this way: name → start of its type. */
  needs: Map<string, string>
  /** Predicates on the raw columns, with `{key:…}` and `{value:…}` for what people gave. */
  filters: Map<Filter, string>
  /** Tables that know when a trace's spans started, the first of those that a store has. */
  lookups: Lookup[]
  /** A SELECT that ends with its FROM clause; the composer adds the WHERE. */
  sql: string
}

export interface Lookup {
  /** `{table}` stands for the name of the table of spans. */
  table: string
  /** Columns: the trace's id, when its first span started, and its last. */
  id: string
  start: string
  end: string
  /** The one of both whose least and greatest the server knows without reading: the key of partitions, where there are any. */
  extent: string
}

/** Parts that profiles share, `queries/spans/shared/<name>.sql`: name → path and text. */
export type Shared = ReadonlyMap<string, { path: string; text: string }>

/**
 * Understands one profile. `{name}` in its SQL is the SQL of a shared part, `@shares name` takes a part's tags alone; what the
 * profile itself says about a column or a filter wins.
 * @throws OtraceError (exit 2) with file and line
 */
export function parseProfile(path: string, text: string, shared: Shared = new Map()): Profile {
  const { title, tags, sql } = readHeader(path, text)
  const parts: [path: string, tags: Tag[]][] = []
  const take = (part: string): string => {
    const found = shared.get(part)
    if (!found) {
      throw new OtraceError(
        'usage',
        `${path}: there is no shared part '${part}'`,
        `the parts are ${[...shared.keys()].join(', ')}`,
      )
    }
    const header = readHeader(found.path, found.text, { sqlNeeded: false })
    parts.push([found.path, header.tags])
    return header.sql
  }
  const profile: Profile = {
    name: path.replace(/^.*\//, '').replace(/\.sql$/, ''),
    title,
    needs: new Map(),
    filters: new Map(),
    lookups: [],
    sql: sql.replace(/\{([a-z-]+)\}/g, (_, name: string) => take(name)),
  }
  for (const tag of tags) if (tag.name === 'shares') take(tag.text)
  for (const [from, partTags] of parts) readTags(profile, from, partTags)
  readTags(profile, path, tags)
  const missing = FILTERS.filter((name) => !profile.filters.has(name))
  if (missing.length > 0) {
    throw new OtraceError(
      'usage',
      `${path}: no predicate for ${missing.join(', ')}`,
      `add the line: -- @filter ${missing[0]} <predicate>`,
    )
  }
  return profile
}

function readTags(profile: Profile, path: string, tags: Tag[]): void {
  for (const tag of tags) {
    const at = `${path}:${tag.line}`
    const [word = '', rest = ''] = tag.text.split(/\s+(.*)/s)
    if (tag.name === 'needs') profile.needs.set(word, rest)
    else if (tag.name === 'filter') profile.filters.set(filterName(at, word), rest)
    else if (tag.name === 'lookup') profile.lookups.push(readLookup(at, tag.text))
    else if (tag.name !== 'shares') {
      throw new OtraceError(
        'usage',
        `${at}: there is no tag @${tag.name}`,
        'use @needs, @filter, @lookup or @shares',
      )
    }
  }
}

function readLookup(at: string, text: string): Lookup {
  const [table, id, start, end, extent = start] = text.split(/\s+/)
  if (table && id && start && end && extent) return { table, id, start, end, extent }
  throw new OtraceError(
    'usage',
    `${at}: '${text}' names no table and its columns`,
    'write it like: -- @lookup {table}_trace_id_ts TraceId Start End',
  )
}

function filterName(at: string, word: string): Filter {
  const found = FILTERS.find((name) => name === word)
  if (found) return found
  throw new OtraceError(
    'usage',
    `${at}: there is no filter '${word}'`,
    `the filters are ${FILTERS.join(', ')}`,
  )
}
