/**
 * Checks a statement from outside by its syntax tree; README.md has the guarantees.
 *
 * The engine gets the text as a value (formatQuerySingleLine), so that checking runs none of it. The engine's
 * own printed form is what is checked, and what is run.
 */
import type { Engine } from '../../engine/engine.ts'
import type { Job } from '../../engine/threads.ts'
import { turns } from '../concurrency.ts'
import { badRequest, notRead, RefusedStatementError } from '../errors.ts'
import { Verdicts } from '../verdicts.ts'
import { typeNames } from './arguments.ts'
import { engineNames } from './engine-names.ts'
import { checkText, takeApart } from './text.ts'
import { checkTree } from './walk.ts'

/** A statement that may run. */
export interface CheckedStatement {
  /** The engine's own spelling of it, without its trailing FORMAT and SETTINGS. */
  text: string
  /** The trailing FORMAT; not checked yet. */
  format: string | undefined
  /** Trailing SETTINGS by name; not checked yet. */
  settings: Record<string, string>
  /** Names of the settings whose values are maps. */
  maps: string[]
  /** Of `KILL QUERY WHERE query_id = '…'`: nothing is to be run. */
  kill: string | undefined
  /** Of `USE …`: nothing is to be run. */
  use: string | undefined
}

/** ClickHouse's own max_query_size. */
const LONGEST = 262_144

/**
 * Whether INSERT is the first word behind comments and whitespace. A regular expression with repeats in a repeat takes
 * exponential time for spaces.
 */
export function isInsert(sql: string): boolean {
  for (let at = 0; at < sql.length; ) {
    let end = -1
    if (/\s/.test(sql[at]!)) end = at + 1
    else if (/^(?:--|#[ !]|\/\/)/.test(sql.slice(at, at + 2))) end = sql.indexOf('\n', at) + 1
    else if (sql.startsWith('/*', at)) end = sql.indexOf('*/', at + 2) + 2
    else return /^INSERT\s/i.test(sql.slice(at, at + 7))
    // A comment without an end.
    if (end <= at) return false
    at = end
  }
  return false
}

/** The statement is a text in another. */
const LONG = 'SET max_query_size = 67108864'

/** Limit of a check's wait in the queue, and of its run, in seconds. */
const CHECK_SECONDS = 10
/** Without max_parser_backtracks a kilobyte of `INTERVAL ((` takes the parser a second. */
const CHECK_SETTINGS = `max_parser_backtracks = 50000, max_ast_depth = 500, max_execution_time = ${CHECK_SECONDS}, max_memory_usage = 1000000000, allow_introspection_functions = 0, implicit_select = 0, readonly = 1`

/** Verdicts change with the engine's version only, like its names. */
const verdicts = new Verdicts<CheckedStatement>()

const PRINT = 'SELECT formatQuerySingleLine('
const SCOPE = `: In scope ${PRINT}`

/** The engine's error about a text, without the statement that looked at it. */
function withoutPrint(message: string): string {
  const [from, to] = [message.indexOf(SCOPE), message.lastIndexOf('). (')]
  return from < 0 || to < from ? message : message.slice(0, from) + message.slice(to + 1)
}

/** A running parser cannot be cancelled, so it may block one thread at most. */
const oneAtATime = turns(1)

/**
 * @param database where a table without a database is.
 * @param parameters each `param_x`'s raw value, in the escaped form of HTTP, by `x`.
 * @param gone aborted when the client disconnects.
 * @throws RefusedStatementError, or the engine's syntax error.
 */
export async function checkStatement(
  engine: Engine,
  database: string,
  sql: string,
  parameters: Record<string, string>,
  gone: AbortSignal,
): Promise<CheckedStatement> {
  if (sql.length > LONGEST) {
    throw new RefusedStatementError(
      `a statement may have ${LONGEST} characters, this one has ${sql.length}`,
      62,
      'SYNTAX_ERROR',
    )
  }
  // Rows follow it, in any format.
  if (isInsert(sql)) throw notRead()
  if (!Object.keys(parameters).every((name) => /^\w+$/.test(name)))
    throw badRequest('the name of a parameter has letters, digits and _')
  const key = verdicts.keyOf(database, sql, parameters)
  const known = verdicts.get(key)
  if (known) return known
  const check = (text: string, more: Pick<Job, 'params' | 'parameters'>) =>
    oneAtATime(CHECK_SECONDS, gone, () =>
      engine.threads.run({
        setup: [`USE ${database}`, LONG, `SET ${CHECK_SETTINGS}`],
        text,
        ...more,
        format: 'TSVRaw',
      }),
    )
  const printed = await check(`${PRINT}{sql:String})`, { params: { sql } }).catch((error) => {
    throw new Error(withoutPrint(error.message))
  })
  const { tokens, ...statement } = takeApart(printed.trimEnd())
  if (statement.kill !== undefined || statement.use !== undefined) return statement
  const names = engineNames(engine)
  checkText({ ...statement, tokens }, parameters, typeNames(names))
  const tree = await check(`EXPLAIN AST ${statement.text}`, { parameters })
  statement.text = checkTree(tree.trimEnd().split('\n'), statement.text, database, names)
  verdicts.set(key, statement)
  return statement
}
