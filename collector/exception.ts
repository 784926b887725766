/** Errors as ClickHouse writes them over HTTP: its text, code, name and status; for endpoint.ts and execute.ts. */
import { BodyError } from './body.ts'
import { RefusedStatementError } from './refused.ts'

const STATUSES: Record<string, number> = {
  TIMEOUT_EXCEEDED: 408,
  QUERY_IS_TOO_LARGE: 413,
  NOT_IMPLEMENTED: 501,
  ACCESS_DENIED: 403,
  AUTHENTICATION_FAILED: 403,
  UNKNOWN_FORMAT: 404,
  TOO_MANY_SIMULTANEOUS_QUERIES: 429,
}
const BAD_REQUEST =
  /^(SYNTAX_ERROR|BAD_|CANNOT_PARSE|CANNOT_CONVERT|ILLEGAL_|TYPE_MISMATCH|NO_COMMON_TYPE|READONLY|NUMBER_OF_ARGUMENTS|TOO_(FEW|MANY)_ARGUMENTS|NOT_AN_AGGREGATE|UNKNOWN_QUERY_PARAMETER|AMBIGUOUS_|MULTIPLE_EXPRESSIONS)/
const NOT_FOUND =
  /^UNKNOWN_(TABLE|FUNCTION|IDENTIFIER|DATABASE|SETTING|TYPE|FORMAT|AGGREGATE_FUNCTION|STORAGE|ELEMENT_IN_AST)/

/** @returns text that clients parse: `Code: N. DB::Exception: … (NAME) (version …)`. */
export function exceptionOf(error: unknown): { status: number; code: number; text: string } {
  if (error instanceof BodyError)
    return { status: error.status, code: 0, text: `${error.message}\n` }
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof RefusedStatementError) {
    const status = STATUSES[error.errorName] ?? 400
    return { status, code: error.code, text: exceptionText(error.code, message, error.errorName) }
  }
  const found =
    /Code: (\d+)\. DB::Exception: ([\s\S]*?)\s*\(([A-Z][A-Z0-9_]+)\)(?: \(version [^)]*\))?\s*$/.exec(
      message,
    )
  if (!found)
    return { status: 500, code: 1002, text: exceptionText(1002, message, 'UNKNOWN_EXCEPTION') }
  const name = found[3]!
  const status = STATUSES[name] ?? (BAD_REQUEST.test(name) ? 400 : NOT_FOUND.test(name) ? 404 : 500)
  return { status, code: Number(found[1]), text: exceptionText(Number(found[1]), found[2]!, name) }
}

function exceptionText(code: number, message: string, name: string): string {
  const sentence = /[.:!?]$/.test(message) ? message : `${message}.`
  return `Code: ${code}. DB::Exception: ${sentence} (${name}) (version 26.7.2.1)\n`
}
