/** Errors in ClickHouse's HTTP form: text, code, name and status. */
import { BodyError } from '../http/body-error.ts'
import { RefusedStatementError } from './errors.ts'

const STATUSES: Record<string, number> = {
  TIMEOUT_EXCEEDED: 408,
  QUERY_IS_TOO_LARGE: 413,
  NOT_IMPLEMENTED: 501,
  ACCESS_DENIED: 403,
  AUTHENTICATION_FAILED: 403,
  UNKNOWN_FORMAT: 404,
  TOO_MANY_SIMULTANEOUS_QUERIES: 429,
  FILE_DOESNT_EXIST: 503,
  CANNOT_OPEN_FILE: 503,
  NOT_ENOUGH_SPACE: 503,
}
const BAD_REQUEST =
  /^(SYNTAX_ERROR|BAD_|CANNOT_PARSE|CANNOT_CONVERT|ILLEGAL_|TYPE_MISMATCH|NO_COMMON_TYPE|READONLY|NUMBER_OF_ARGUMENTS|TOO_(FEW|MANY)_ARGUMENTS|NOT_AN_AGGREGATE|UNKNOWN_QUERY_PARAMETER|AMBIGUOUS_|MULTIPLE_EXPRESSIONS)/
const NOT_FOUND =
  /^UNKNOWN_(TABLE|FUNCTION|IDENTIFIER|DATABASE|SETTING|TYPE|FORMAT|AGGREGATE_FUNCTION|STORAGE|ELEMENT_IN_AST)/

/** @returns text in the form that clients parse: `Code: N. DB::Exception: … (NAME) (version …)`. */
export function exceptionOf(error: unknown): { status: number; code: number; text: string } {
  if (error instanceof BodyError)
    return { status: error.status, code: 0, text: `${error.message}\n` }
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof RefusedStatementError) {
    const status = statusOf(error.errorName) ?? 400
    return { status, code: error.code, text: exceptionText(error.code, message, error.errorName) }
  }
  const found = takeApartMessage(message)
  if (!found)
    return { status: 500, code: 1002, text: exceptionText(1002, message, 'UNKNOWN_EXCEPTION') }
  const { code, said, name } = found
  // The data directory was deleted. Clients cannot use its path.
  if (said.includes('filesystem_error') && said.includes('No such file')) {
    return { status: 503, code, text: exceptionText(code, 'a file of the store is missing', name) }
  }
  return { status: statusOf(name) ?? 500, code, text: exceptionText(code, said, name) }
}

function statusOf(name: string): number | undefined {
  return STATUSES[name] ?? (BAD_REQUEST.test(name) ? 400 : NOT_FOUND.test(name) ? 404 : undefined)
}

const CODE = 'Code: '
const EXCEPTION = '. DB::Exception: '
const VERSION = ' (version '

/**
 * `Code: N. DB::Exception: … (NAME) (version …)`. Without a regular expression, because the message quotes the
 * statement, and `\s*` in the middle takes quadratic time.
 */
function takeApartMessage(message: string) {
  const start = message.indexOf(CODE)
  const after = message.indexOf(EXCEPTION, start)
  const code = Number(message.slice(start + CODE.length, after))
  if (start < 0 || after < 0 || !Number.isInteger(code)) return undefined
  let said = message.slice(after + EXCEPTION.length).trimEnd()
  const version = said.lastIndexOf(VERSION)
  if (version >= 0 && said.endsWith(')') && !said.slice(version, -1).includes(')'))
    said = said.slice(0, version)
  const name = said.slice(said.lastIndexOf('(') + 1, -1)
  if (!said.endsWith(')') || !/^[A-Z][A-Z0-9_]+$/.test(name)) return undefined
  return { code, said: said.slice(0, said.lastIndexOf('(')).trimEnd(), name }
}

function exceptionText(code: number, message: string, name: string): string {
  const sentence = /[.:!?]$/.test(message) ? message : `${message}.`
  return `Code: ${code}. DB::Exception: ${sentence} (${name}) (version 26.7.2.1)\n`
}
