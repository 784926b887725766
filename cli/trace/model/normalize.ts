/** Statements, names and paths without their literals. */
import type { SpanRow } from './span-row.ts'

/**
 * Parts of a statement: UUIDs, quoted texts and numbers, which are literals, and what looks like them
 * (quoted identifiers, placeholders, words with digits). `user:7` is a key with a number in it.
 */
const PART =
  /\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b|(?:\b[nebx])?'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`[^`]*`|[$:@?]\w+|[a-z_][\w$]*(?::\d+)?|(?:(?<=[=<>(,]\s*)-)?(?:0x[\da-f]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?)/gi

/** In CQL without quotes. Its first part alone may look like a name. */
const UUID = /^[\da-f]{8}-/i

/** A list of placeholders, however long. */
const LIST = /\bin\s*\(\s*(?:\?|[$:@]\w+|null)(?:\s*,\s*(?:\?|[$:@]\w+|null))*\s*\)/gi

/** Systems in which "…" is a text, not an identifier. */
const TEXT_IN_DOUBLE_QUOTES = /^(?:mysql|mariadb|bigquery|spanner)/

/** Systems whose statements are a command, a key and values. */
export const KEY_VALUE = /^(?:redis|valkey|memcached)/

/** Keys of a MongoDB command whose values name a collection or a database. */
const NAMING = /^"(?:find|aggregate|insert|update|delete|count|distinct|collection|\$db)"\s*:\s*$/

/** Caches results by system, since most statements repeat. */
const forms = new Map<string, Map<string, string>>()
const KEPT = 1_000
const MOST_SYSTEMS = 100

/** Longer statements are compared by their first characters: patterns take time by the square. */
const LONGEST = 4_096

/** A statement with `?` for its literals and its `IN` lists: `… WHERE id IN (?) AND name = ?`. */
export function normalizeStatement(whole: string, system = ''): string {
  if (whole === '') return ''
  const statement = whole.length > LONGEST ? whole.slice(0, LONGEST) : whole
  const ofSystem = forms.get(system) ?? new Map<string, string>()
  if (ofSystem.size === 0) {
    if (forms.size >= MOST_SYSTEMS) forms.clear()
    forms.set(system, ofSystem)
  }
  const known = ofSystem.get(statement)
  if (known !== undefined) return known
  const form = normalForm(statement, system)
  if (ofSystem.size >= KEPT) ofSystem.clear()
  ofSystem.set(statement, form)
  return form
}

function normalForm(statement: string, system: string): string {
  if (!/["'\d]|\bin\s*\(/i.test(statement) && !KEY_VALUE.test(system)) return statement
  if (KEY_VALUE.test(system)) return normalizeCommand(statement)
  if (/^\s*(?:\w+\s+)?[{[]/.test(statement)) return normalizeJson(statement)
  const quoted = TEXT_IN_DOUBLE_QUOTES.test(system)
    ? /^(?:[nebx]?'|"|-?\d)/i
    : /^(?:[nebx]?'|-?\d)/i
  return statement
    .replace(PART, (part) => {
      if (quoted.test(part) || UUID.test(part)) return '?'
      return /^[a-z_]/i.test(part) ? part.replace(/:\d+$/, ':?') : part
    })
    .replace(LIST, 'IN (?)')
}

/** `HSET cart:7f3a items 3` → `HSET cart:? ?`. */
function normalizeCommand(statement: string): string {
  const [command = '', key = '', ...values] = statement.trim().split(/\s+/)
  const named = key.replace(/[^:/|.]*\d[^:/|.]*/g, '?')
  return [command, named, values.length > 0 ? '?' : ''].filter(Boolean).join(' ')
}

/** Values become `?`; keys stay, and the names of collections. */
function normalizeJson(statement: string): string {
  let key = ''
  return statement.replace(
    /"(?:[^"\\]|\\.)*"(\s*:\s*)?|(?<![\w$.])-?\d[\w.+-]*|\b(?:true|false)\b/g,
    (part, colon?: string) => {
      if (colon !== undefined) {
        key = part
        return part
      }
      return NAMING.test(key) ? part : '?'
    },
  )
}

/** A span's name, without literals where it is its statement. */
export function commonName({ name, db_query, db_system }: SpanRow): string {
  return name !== '' && name === db_query ? normalizeStatement(name, db_system) : name
}

/** A path with `{}` for segments that hold digits: `/users/7/orders` → `/users/{}/orders`. */
export function normalizePath(path: string): string {
  return /\d/.test(path) ? path.replace(/[^/]*\d[^/]*/g, '{}') : path
}
