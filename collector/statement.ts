/**
 * Judges a statement from outside by its syntax tree, for execute.ts: `readonly` alone lets through scalars that read
 * files, INTO OUTFILE, nested SETTINGS and tables named after files.
 *
 * The text is handed to the engine as a value (formatQuerySingleLine), so that judging runs none of it; what comes back
 * is one statement as the engine's own printer writes it, and that is what is judged, and what is run.
 */
import type { Engine } from './allowed.ts'
import { badRequest, RefusedStatementError } from './refused.ts'
import { inTurn } from './slots.ts'
import { quote, type Store } from './store.ts'
import { judgeTree } from './tree.ts'

/** A statement that may run. */
export interface Statement {
  /** The engine's own spelling of it, without its trailing SETTINGS. */
  text: string
  /** The FORMAT it asks for; still to be judged. */
  format: string | undefined
  /** Trailing SETTINGS, by name; still to be judged as a client's settings are. */
  settings: Record<string, string>
  /** The query id, if it is `KILL QUERY WHERE query_id = '…'` and nothing is to be run. */
  kill?: string
}

/** ClickHouse's own max_query_size. */
const LONGEST = 262_144
/** A text shorter than this is parsed in a few milliseconds: a turn of a busy event loop, which a wait costs, takes tens. */
const SHORT = 16_384

/**
 * What judging itself may cost: without max_parser_backtracks a kilobyte of `INTERVAL ((` keeps the parser for a second.
 * The judging session cannot write, whatever would get through to it.
 */
const JUDGING_SECONDS = 10
const JUDGING = `max_parser_backtracks = 50000, max_ast_depth = 500, max_execution_time = ${JUDGING_SECONDS}, max_memory_usage = 1000000000, readonly = 1`

/**
 * @param database where a table without a database is.
 * @param parameters each `param_x`'s raw value, in the escaped form of HTTP, by `x`.
 * @param gone aborted when nobody waits for the answer any more.
 * @throws RefusedStatementError, or the engine's error for a text that is no statement.
 */
export async function judge(
  store: Store,
  database: string,
  sql: string,
  parameters: Record<string, string>,
  gone: AbortSignal,
): Promise<Statement> {
  if (sql.length > LONGEST) {
    throw new RefusedStatementError(
      `a statement may have ${LONGEST} characters, this one has ${sql.length}`,
      62,
      'SYNTAX_ERROR',
    )
  }
  const assignments = Object.entries(parameters).map(([name, value]) => {
    if (!/^\w+$/.test(name)) throw badRequest('the name of a parameter has letters, digits and _')
    return `param_${name} = ${quote(value)}`
  })
  const session = store.session()
  try {
    session.query(`USE ${database}`)
    session.query(`SET ${JUDGING}`)
    const printing = 'SELECT formatQuerySingleLine({sql:String})'
    const printed =
      sql.length < SHORT
        ? session.queryBind(printing, { sql }, 'TSVRaw')
        : await inTurn(JUDGING_SECONDS, gone, async () =>
            (await session.queryBindAsync(printing, { sql }, { format: 'TSVRaw' })).text(),
          )
    const statement = takeApart(printed.trimEnd())
    if (statement.kill !== undefined) return statement
    judgeText(statement.text, parameters)
    if (assignments.length > 0) session.query(`SET ${assignments.join(', ')}`)
    const explain = `EXPLAIN AST ${statement.text}`
    const tree =
      sql.length < SHORT
        ? session.query(explain, 'TSVRaw')
        : await inTurn(JUDGING_SECONDS, gone, async () =>
            (await session.queryAsync(explain, { format: 'TSVRaw' })).text(),
          )
    judgeTree(tree.trimEnd().split('\n'), database, engineOf(store))
    return statement
  } finally {
    session.close()
  }
}

const TRAILING_FORMAT = / FORMAT `?(\w+)`?$/
const TRAILING_SETTINGS = / SETTINGS ((?:\w+ = (?:'(?:[^'\\]|\\.)*'|-?[\w.]+)(?:, )?)+)$/
const ONE_SETTING = /(\w+) = (?:'((?:[^'\\]|\\.)*)'|(-?[\w.]+))/g
const ESCAPED: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', 0: '\0' }
const KILL = /^KILL QUERY WHERE query_id = '([^'\\]+)' (?:ASYNC|SYNC|TEST)$/

function takeApart(printed: string): Statement {
  let text = printed
  const settings: Record<string, string> = {}
  let format: string | undefined
  const cutFormat = () => {
    format ??= TRAILING_FORMAT.exec(text)?.[1]
    text = text.replace(TRAILING_FORMAT, '')
  }
  cutFormat()
  const trailing = TRAILING_SETTINGS.exec(text)
  if (trailing) {
    text = text.slice(0, trailing.index)
    for (const [, name, quoted, bare] of trailing[1]!.matchAll(ONE_SETTING)) {
      settings[name!] =
        quoted === undefined
          ? bare!
          : quoted.replace(/\\(.)/g, (_, letter) => ESCAPED[letter] ?? letter)
    }
    cutFormat()
  }
  return { text, format, settings, kill: KILL.exec(text)?.[1] }
}

const NAME = '(?:\\w+|`[\\w .-]+`)'
const LIKE = "(?: (?:NOT )?I?LIKE '[^'\\\\]*')?(?: LIMIT \\d+)?"
/** The trees of these show next to nothing, so they have one of these shapes. */
const SHOW = new RegExp(
  `^SHOW (?:DATABASES${LIKE}|TABLES(?: FROM ${NAME})?${LIKE}|FUNCTIONS${LIKE}|PROCESSLIST|` +
    `(?:EXTENDED )?(?:FULL )?COLUMNS FROM ${NAME}(?: FROM ${NAME})?${LIKE}|` +
    `(?:EXTENDED )?INDEXES FROM ${NAME}(?: FROM ${NAME})?|` +
    `CREATE (?:TABLE|VIEW|DATABASE) ${NAME}(?:\\.${NAME})?)$`,
)
/** What is quoted, as the engine prints it. */
const QUOTED = /'(?:[^'\\]|\\.)*'|`((?:[^`\\]|\\.)*)`|"((?:[^"\\]|\\.)*)"/g

/** A quoted name without control characters, escaped or not. */
const ONE_LINE = /^(?:[^\\\0-\x1f]|\\['"`\\])*$/

/** What the tree does not tell: the text of SHOW, names with newlines in them, where an answer is written. */
function judgeText(text: string, parameters: Record<string, string>): void {
  if (text.startsWith('SHOW ') && !SHOW.test(text)) {
    throw new RefusedStatementError(
      'SHOW is allowed here for DATABASES, TABLES, COLUMNS, INDEXES, FUNCTIONS and CREATE, with LIKE and no conditions',
    )
  }
  const names = [...text.matchAll(QUOTED)].map(([, ticked, quoted]) => ticked ?? quoted ?? '')
  const bound = [...text.matchAll(/\{(\w+) *: *Identifier *\}/gi)].map(([, name]) =>
    Object.hasOwn(parameters, name!) ? parameters[name!]! : '',
  )
  if (
    !names.every((name) => ONE_LINE.test(name)) ||
    bound.some((value) => /[\\\0-\x1f]/.test(value))
  )
    throw new RefusedStatementError('a name with a newline is not allowed here')
  if (/\bINTO OUTFILE\b/i.test(text.replace(QUOTED, ' '))) {
    throw new RefusedStatementError('INTO OUTFILE is not allowed here')
  }
}

let known: Engine | undefined

function engineOf(store: Store): Engine {
  known ??= {
    functions: names(store, 'SELECT lower(name) FROM system.functions'),
    tableFunctions: names(store, 'SELECT lower(name) FROM system.table_functions'),
    tables: names(store, "SELECT lower(name) FROM system.tables WHERE database = 'system'"),
  }
  return known
}

function names(store: Store, sql: string): Set<string> {
  const answer: { data: [string][] } = JSON.parse(store.look(sql))
  return new Set(answer.data.map(([name]) => name))
}
