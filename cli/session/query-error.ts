/** Errors of a server about a query file, with the line and column of the file. */
import { EXIT, OtraceError } from '../errors.ts'
import type { Query } from '../query/query-file.ts'
import { bare } from '../query/sql-text.ts'

/**
 * Rejects like `asked`; an error about the SQL of a user's file names the file, its line and column.
 * @throws OtraceError (exit 4)
 */
export async function placeErrors<T>(query: Query, asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (query.builtIn || !(error instanceof OtraceError) || error.exit !== EXIT.refused) throw error
    throw placed(query, error)
  }
}

const REFUSED = 'ClickHouse refused the query: '
/** Codes of a limit, a missing permission, or a cancelled query: the text of the file is right. */
const NOT_THE_SQL = /\((?:\w+) (?:158|159|164|241|307|394|396|497|516)\)$/

function placed(query: Query, error: OtraceError): OtraceError {
  if (!error.message.startsWith(REFUSED) || NOT_THE_SQL.test(error.message)) return error
  const index = indexOf(query.sql, error)
  const message = error.message
    .slice(REFUSED.length)
    .replace(
      /failed at position \d+ \(([\s\S]*)\) \(line \d+, col \d+\)[\s\S]*?(?=\. |$| \(\w+ \d+\)$)/,
      'at $1',
    )
  return new OtraceError(
    'refused',
    `${query.path}:${lineAndColumn(query, index)}: ${message.replace(/\s+/g, ' ')}`,
    error.hint,
  )
}

/** `line:column` in the file of a place in its SQL. */
function lineAndColumn({ sql, sqlLine }: Query, index: number): string {
  const before = sql.slice(0, index).split('\n')
  return `${sqlLine + before.length - 1}:${before.at(-1)!.length + 1}`
}

/** The place of the mistake in the SQL of the file: the first word of it if nothing is known. */
function indexOf(sql: string, { message, statement }: OtraceError): number {
  if (statement) {
    const bracket = unmatched(sql)
    if (bracket !== undefined) return bracket
    const start = statement.sql.lastIndexOf(sql)
    const index = statement.position - start
    if (start >= 0 && index >= 0) return Math.min(index, sql.trimEnd().length)
  }
  const plain = bare(sql)
  for (const [, , name] of message.matchAll(
    /(identifier|name|[Cc]olumn|[Tt]able) ([`'"][^`'"]+[`'"])/g,
  )) {
    const word = name!.slice(1, -1).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    const found = new RegExp(`(?<![\\w.])${word}(?!\\w)`).exec(plain)
    if (found) return found.index
  }
  return 0
}

const CLOSES: Record<string, string> = { ')': '(', ']': '[', '}': '{' }

/** The first bracket that closes nothing, else the last that is not closed. */
function unmatched(sql: string): number | undefined {
  const open: number[] = []
  const plain = bare(sql)
  for (const { index, 0: bracket } of plain.matchAll(/[([{}\])]/g)) {
    const opener = CLOSES[bracket]
    if (opener === undefined) open.push(index)
    else if (plain[open.at(-1) ?? -1] === opener) open.pop()
    else return index
  }
  return open.at(-1)
}
