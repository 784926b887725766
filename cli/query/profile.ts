/** A span profile (`queries/spans/<schema>.sql`): how one storage schema is read as `spans`, and its filters; pure. */
import { OtraceError } from '../errors.ts'
import { readHeader } from './header.ts'

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
  /** A SELECT that ends with its FROM clause; the composer adds the WHERE. */
  sql: string
}

/**
 * Understands one profile.
 * @throws OtraceError (exit 2) with file and line
 */
export function parseProfile(path: string, text: string): Profile {
  const { title, tags, sql } = readHeader(path, text)
  const profile: Profile = {
    name: path.replace(/^.*\//, '').replace(/\.sql$/, ''),
    title,
    needs: new Map(),
    filters: new Map(),
    sql,
  }
  for (const tag of tags) {
    const at = `${path}:${tag.line}`
    const [word = '', rest = ''] = tag.text.split(/\s+(.*)/s)
    if (tag.name === 'needs') profile.needs.set(word, rest)
    else if (tag.name === 'filter') profile.filters.set(filterName(at, word), rest)
    else {
      throw new OtraceError('usage', `${at}: there is no tag @${tag.name}`, 'use @needs or @filter')
    }
  }
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

function filterName(at: string, word: string): Filter {
  const found = FILTERS.find((name) => name === word)
  if (found) return found
  throw new OtraceError(
    'usage',
    `${at}: there is no filter '${word}'`,
    `the filters are ${FILTERS.join(', ')}`,
  )
}
