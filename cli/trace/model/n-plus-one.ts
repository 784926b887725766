/** N+1: one call for each of many items, defined in queries/shared/repeated_calls.sql. */

import { commonName, KEY_VALUE, normalizeStatement } from './normalize.ts'
import { groupName } from './span-name.ts'
import { calledServices } from './target.ts'
import type { Repeat, Span } from './trace.ts'

/** Fewer repeats may be a retry or a pair of reads. */
const AT_LEAST = 5

/** From the body of a loop to its call: function, repository, driver, statement. */
const LEVELS = 4

/** Spaces, and comments of drivers and proxies, before a statement and behind it. */
const BEFORE = String.raw`^(?:\s|/\*[^*]*(?:\*+[^*/][^*]*)*\*+/|--[^\n]*\n)*`
const BEHIND = String.raw`(?:[\s;]|/\*[^*]*(?:\*+[^*/][^*]*)*\*+/|--[^\n]*(?:\n|$))*$`

/**
 * What is read of no table: literals, variables, settings, and what a server says of itself. Other functions may read a
 * table. No text is two of them, so that a list of many is tried once.
 */
const VALUE =
  String.raw`(?:\d+(?:[.]\d+)?|'[^']*'|[?]|[$:]\w+|@@?[\w.]+|null|true|false` +
  '|(?:pg_catalog[.])?(?:(?:current_(?:user|role|schema|catalog|date|time|timestamp)|session_user' +
  String.raw`|system_user|localtime|localtimestamp|sysdate)\b(?:[(]\s*\d?[)])?` +
  '|(?:now|version|user|database|schema|current_database|connection_id|last_insert_id|row_count|found_rows' +
  '|lastval|pg_backend_pid|pg_is_in_recovery|inet_server_addr|(?:clock|statement|utc)_timestamp' +
  '|scope_identity|db_name|get(?:utc)?date|sysdatetime|sqlite_version|last_insert_rowid|changes' +
  String.raw`|current_version|currentdatabase|hostname|uptime|timezone)[(]\s*\d?[)]` +
  String.raw`|(?:set_config|current_setting)[(]\s*[^()\s][^()]*[)])` +
  String.raw`|cast[(]\s*(?:'[^']*'|[?])\s+as\s+\w+(?:[(][\d?]+[)])?\s*[)])`
const ITEM = `${VALUE}(?:\\s*[-+*/]\\s*${VALUE})*(?:\\s+(?:as\\s+)?["\`]?\\w+["\`]?)?`

/** Statements, or span names of databases, that a program repeats without reading an item each. */
const HOUSEKEEPING = new RegExp(
  `${BEFORE}(?:(?:begin|commit|rollback|abort|start\\s+transaction|savepoint|release|set|show|ping|fetch|close` +
    '|deallocate|discard|reset|use|pragma|unlisten|alter\\s+session)(?:$|[\\s;(])' +
    '|end(?:\\s+(?:work|transaction))?\\s*(?:;\\s*)?$|(?:;\\s*|--[^\\n]*(?:\\n\\s*)?)$' +
    `|(?:select|values)\\b\\s*[(]?${ITEM}(?:\\s*,\\s*${ITEM})*[)]?(?:\\s+from\\s+dual)?${BEHIND})`,
  'i',
)

/** The same for systems whose commands have names of SQL's words: `SET key` writes an item. */
const KEY_VALUE_HOUSEKEEPING =
  /^\s*(?:ping|select|auth|hello|client|command|config|cluster|info|readonly|echo|reset|multi|exec|discard|watch|unwatch|quit)\b/i

/** Commands by which drivers look after connections, cursors and transactions of MongoDB. */
const DRIVER =
  /^\s*(?:mongo(?:db)?[.])?(?:\{\s*["'])?(?:getmore|hello|ismaster|ping|buildinfo|endsessions|saslstart|saslcontinue|killcursors|committransaction|aborttransaction)\b/i

/** Names of spans that open a connection. */
const CONNECT = /^\s*(?:[\w.-]*[.-])?connect\b/i

/**
 * Calls (of a database, a server or another service; see target.ts) that ran at least five times
 * under one span, mostly one after another, longest first. Calls sent at once are a fan-out, which
 * takes the time of one. O(n).
 *
 * "Under one span" means the nearest ancestor where they meet: a loop often calls a function, and
 * the function the database.
 */
export function repeatedCalls(spans: Span[]): Repeat[] {
  const parents = loops(spans)
  const groups = new Map<string, Span[]>()
  for (const span of spans) {
    if (!isCall(span)) continue
    const loop = parents[span.order]?.order ?? span.row.parent_id
    const key = `${loop}\0${span.call}\0${calledServices(span).join()}`
    const group = groups.get(key)
    if (group) group.push(span)
    else groups.set(key, [span])
  }
  const repeats: Repeat[] = []
  for (const group of groups.values()) {
    if (group.length < AT_LEAST) continue
    const busyTime = union(group)
    const total = group.reduce((sum, { duration }) => sum + duration, 0)
    if (busyTime === 0 || busyTime < total / 2) continue
    repeats.push({ parent: parents[group[0]!.order], spans: group, busyTime })
  }
  return repeats.sort((a, b) => b.busyTime - a.busyTime || a.spans[0]!.order - b.spans[0]!.order)
}

/** The call of a repeat: its name with the called services, and its statement. */
export function repeatedCall({ spans }: Repeat): { name: string; statement: string } {
  const [span] = spans as [Span]
  const { db_query, db_system } = span.row
  const name = groupName(span.row)
  const statement = normalizeStatement(db_query, db_system)
  const services = calledServices(span).filter((service) => !name.includes(service))
  return {
    name: [name, ...services].join(' '),
    statement: statement === commonName(span.row) ? '' : statement,
  }
}

function isCall({ row }: Span): boolean {
  const { db_system, db_query, kind, name } = row
  if (CONNECT.test(name)) return false
  if (db_system === '' && db_query === '') return kind === 'client'
  const words = KEY_VALUE.test(db_system) ? KEY_VALUE_HOUSEKEEPING : HOUSEKEEPING
  return !words.test(db_query || name) && !DRIVER.test(db_query || name) && !DRIVER.test(name)
}

/** For each span the nearest ancestor with five similar children on the way to it, else its parent. */
function loops(spans: Span[]): (Span | undefined)[] {
  const similar = new Int32Array(spans.length)
  for (const { children } of spans) {
    if (children.length < AT_LEAST) continue
    const counts = new Map<string, number>()
    const key = ({ row }: Span) => `${row.service}\0${commonName(row)}`
    for (const child of children) counts.set(key(child), (counts.get(key(child)) ?? 0) + 1)
    for (const child of children) similar[child.order] = counts.get(key(child))!
  }
  return spans.map((span) => {
    let at: Span | undefined = span
    for (let steps = 0; steps < LEVELS && at; steps++, at = at.parent) {
      if (similar[at.order]! >= AT_LEAST) return at.parent
    }
    return span.parent
  })
}

/** ns in which at least one of some spans runs. */
function union(spans: Span[]): number {
  let busyTime = 0
  let until = Number.NEGATIVE_INFINITY
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    if (end <= until) continue
    busyTime += end - Math.max(start, until)
    until = end
  }
  return busyTime
}
