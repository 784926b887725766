/** Errors in ClickHouse's HTTP form: text, code, name and status. */
import { aboutFiles, engineError } from '../engine/errors.ts'
import { BodyError } from '../http/body-error.ts'
import { RefusedStatementError } from './errors.ts'

/** As `exceptionCodeToHTTPStatus` of ClickHouse 26 has it: any other error is 500. */
const NAMES_BY_STATUS: Record<number, string> = {
  400: `BAD_ARGUMENTS CANNOT_COMPILE_REGEXP CANNOT_PARSE_TEXT CANNOT_PARSE_ESCAPE_SEQUENCE CANNOT_PARSE_QUOTED_STRING
    CANNOT_PARSE_DATE CANNOT_PARSE_DATETIME CANNOT_PARSE_NUMBER CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING
    CANNOT_PARSE_IPV4 CANNOT_PARSE_IPV6 CANNOT_PARSE_INPUT_ASSERTION_FAILED CANNOT_PARSE_UUID DUPLICATE_COLUMN
    ILLEGAL_COLUMN UNKNOWN_ELEMENT_IN_AST UNKNOWN_TYPE_OF_AST_NODE THERE_IS_NO_COLUMN TOO_DEEP_AST TOO_BIG_AST
    UNEXPECTED_AST_STRUCTURE SYNTAX_ERROR INCORRECT_DATA TYPE_MISMATCH VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE`,
  401: 'REQUIRED_PASSWORD',
  403: 'UNKNOWN_USER WRONG_PASSWORD AUTHENTICATION_FAILED SET_NON_GRANTED_ROLE ACCESS_DENIED',
  404: `UNKNOWN_TABLE UNKNOWN_FUNCTION UNKNOWN_IDENTIFIER UNKNOWN_TYPE UNKNOWN_STORAGE UNKNOWN_DATABASE UNKNOWN_SETTING
    UNKNOWN_DIRECTION_OF_SORTING UNKNOWN_AGGREGATE_FUNCTION UNKNOWN_FORMAT UNKNOWN_DATABASE_ENGINE
    UNKNOWN_TYPE_OF_QUERY UNKNOWN_ROLE`,
  408: 'TIMEOUT_EXCEEDED',
  413: 'QUERY_IS_TOO_LARGE',
  // ClickHouse answers 500, after which clients do not try again.
  429: 'TOO_MANY_SIMULTANEOUS_QUERIES',
  501: 'NOT_IMPLEMENTED',
  // The first two are 500 in ClickHouse; here a full or missing disk is worth another try.
  503: 'FILE_DOESNT_EXIST NOT_ENOUGH_SPACE CANNOT_OPEN_FILE SOCKET_TIMEOUT CANNOT_SCHEDULE_TASK',
}
const STATUSES = new Map(
  Object.entries(NAMES_BY_STATUS).flatMap(([status, names]) =>
    names.split(/\s+/).map((name) => [name, Number(status)] as const),
  ),
)

/** @returns text in the form that clients parse: `Code: N. DB::Exception: … (NAME) (version …)`. */
export function exceptionOf(error: unknown): { status: number; code: number; text: string } {
  if (error instanceof BodyError)
    return { status: error.status, code: 0, text: `${error.message}\n` }
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof RefusedStatementError) {
    const status = statusOf(error.errorName)
    return { status, code: error.code, text: exceptionText(error.code, message, error.errorName) }
  }
  const found = engineError(message)
  if (!found)
    return { status: 500, code: 1002, text: exceptionText(1002, message, 'UNKNOWN_EXCEPTION') }
  const { code, said, name } = found
  const files = aboutFiles(found)
  // The system's trouble is worth another try, unlike a damaged part. Clients cannot use paths.
  const status = found.system === undefined ? statusOf(name) : 503
  return { status, code, text: exceptionText(code, files ?? said, name) }
}

function statusOf(name: string): number {
  return STATUSES.get(name) ?? 500
}

function exceptionText(code: number, message: string, name: string): string {
  const sentence = /[.:!?]$/.test(message) ? message : `${message}.`
  return `Code: ${code}. DB::Exception: ${sentence} (${name}) (version 26.7.2.1)\n`
}
