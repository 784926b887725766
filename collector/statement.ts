/**
 * Judges a statement from outside by its syntax tree, for endpoint.ts: `readonly` alone lets through scalars that read
 * files, INTO OUTFILE, nested SETTINGS and tables named after files.
 *
 * The text is handed to the engine as a value (formatQuerySingleLine), so that judging runs none of it; what comes back
 * is one statement as the engine's own printer writes it, and that is what is judged, and what is run.
 */
import { quote, type Session } from './store.ts'

/** A statement that may run. */
export interface Statement {
  /** The engine's own spelling of it, without its trailing SETTINGS. */
  text: string
  /** The FORMAT it asks for. */
  format: string | undefined
  /** Trailing SETTINGS, by name; still to be judged as a client's settings are. */
  settings: Record<string, string>
  /** The query id, if it is `KILL QUERY WHERE query_id = '…'` and nothing is to be run. */
  kill?: string
}

/** The statement may not run here: `code` and `name` are ClickHouse's. */
export class RefusedStatementError extends Error {
  override name = 'RefusedStatementError'

  constructor(
    message: string,
    readonly code = 497,
    readonly errorName = 'ACCESS_DENIED',
  ) {
    super(message)
  }
}

/** What may be read as a table function; whatever else the engine has, now or later, may not. */
const TABLE_FUNCTIONS = new Set([
  'numbers',
  'numbers_mt',
  'zeros',
  'zeros_mt',
  'generateseries',
  'generate_series',
  'primes',
  'values',
  'null',
  'view',
])

/** Scalars that read the host, the network or the clock's patience. */
const FUNCTIONS = new Set([
  'file',
  'catboostevaluate',
  'sleep',
  'sleepeachrow',
  'showcertificate',
  'getmacro',
  'icebergtruncate',
  'addresstoline',
  'addresstolinewithinlines',
  'addresstosymbol',
  'demangle',
  'logtrace',
  'getclienthttpheader',
  'zookeepersessionuptime',
])
const FUNCTION_FAMILIES = /^(ai|dictget|dicthas|dictisin|joinget|llm)/

/** Scalars that only share their name with a table function. */
const HARMLESS_NAMESAKES = new Set(['format', 'values', 'merge', 'view', 'null', 'loop', 'primes'])

const DATABASES = new Set(['otel', 'system', 'information_schema'])

/** System tables that stop threads, show other processes' secrets, or switch faults on. */
const SYSTEM_TABLES = new Set([
  'stack_trace',
  'fail_points',
  'named_collections',
  'certificates',
  'symbols',
])

const HEADS = new Set([
  'SelectWithUnionQuery',
  'SelectIntersectExceptQuery',
  'DescribeQuery',
  'ShowTables',
  'ShowColumns',
  'ShowIndexes',
  'ShowFunctions',
  'ShowProcesslistQuery',
  'ExistsTableQuery',
  'ExistsViewQuery',
  'ExistsDatabaseQuery',
  'ShowCreateTableQuery',
  'ShowCreateViewQuery',
  'ShowCreateDatabaseQuery',
])

const EXPLAINS = /^Explain EXPLAIN(| AST| SYNTAX| QUERY TREE| PIPELINE| ESTIMATE)$/

/** Every kind of node that a tree may have below its head. */
const NODES = new Set([
  'ArrayJoin',
  'Asterisk',
  'ColumnsExceptTransformer',
  'ColumnsListMatcher',
  'ColumnsRegexpMatcher',
  'ColumnsReplaceTransformer',
  'ColumnsReplaceTransformer::Replacement',
  'ColumnsTransformerList',
  'DataType',
  'ExpressionList',
  'Function',
  'Identifier',
  'InterpolateElement',
  'Literal',
  'OrderByElement',
  'QualifiedAsterisk',
  'QualifiedColumnsListMatcher',
  'QualifiedColumnsRegexpMatcher',
  'SampleRatio',
  'SelectIntersectExceptQuery',
  'SelectQuery',
  'SelectWithUnionQuery',
  'StorageOrderByElement',
  'Subquery',
  'TableExpression',
  'TableIdentifier',
  'TableJoin',
  'TablesInSelectQuery',
  'TablesInSelectQueryElement',
  'WindowDefinition',
  'WindowListElement',
  'WithElement',
])

/**
 * @param session one on which nothing else runs; its parameters are replaced by `parameters`.
 * @param parameters each `param_x`'s raw value, in the escaped form of HTTP, by `x`.
 * @throws RefusedStatementError, or the engine's error for a text that is no statement.
 */
export function judge(
  session: Session,
  sql: string,
  parameters: Record<string, string>,
): Statement {
  // Synchronously, here and below: half a millisecond each, where a turn of a busy event loop costs tens of them.
  const printed = session.queryBind('SELECT formatQuerySingleLine({sql:String})', { sql }, 'TSVRaw')
  const statement = takeApart(printed.trimEnd())
  if (statement.kill !== undefined) return statement
  const assignments = Object.entries(parameters).map(
    ([name, value]) => `param_${name} = ${quote(value)}`,
  )
  if (assignments.length > 0) session.query(`SET ${assignments.join(', ')}`)
  const tree = session.query(`EXPLAIN AST ${statement.text}`, 'TSVRaw')
  judgeTree(tree.trimEnd().split('\n'), tableFunctions(session))
  return statement
}

const TRAILING_FORMAT = / FORMAT (\w+)$/
const TRAILING_SETTINGS = / SETTINGS ((?:\w+ = (?:'(?:[^'\\]|\\.)*'|-?[\w.]+)(?:, )?)+)$/
const ONE_SETTING = /(\w+) = (?:'((?:[^'\\]|\\.)*)'|(-?[\w.]+))/g
const KILL = /^KILL QUERY WHERE query_id = '([\w-]+)' (?:ASYNC|SYNC|TEST)$/

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
      settings[name!] = quoted === undefined ? bare! : quoted.replace(/\\(.)/g, '$1')
    }
    cutFormat()
  }
  return { text, format, settings, kill: KILL.exec(text)?.[1] }
}

/**
 * Looks at every line of a tree. A newline in an alias or a name can add lines, never hide one: each node starts a line
 * of its own with its kind and its name.
 */
function judgeTree(lines: string[], tableFunctionNames: Set<string>): void {
  const head = lines[0]!.replace(/ \(children \d+\)$/, '')
  const explained = EXPLAINS.test(head)
  if (!explained && !HEADS.has(head.split(' ', 1)[0]!)) {
    throw new RefusedStatementError('only statements that read are allowed here', 164, 'READONLY')
  }
  if (/^(Exists|ShowCreate)/.test(head)) judgeDatabase(head.split(' ')[1] ?? '')
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i]!
    const node = line.trimStart()
    const depth = line.length - node.length
    const kind = node.split(' ', 1)[0]!
    const parent = lines[i - 1]!.trimStart()
    if (kind === 'Set') {
      if (explained && i === 1) continue
      throw new RefusedStatementError(
        'SETTINGS inside of a statement are not allowed here',
        164,
        'READONLY',
      )
    }
    if (depth === 1 && kind === 'Literal') {
      throw new RefusedStatementError('INTO OUTFILE is not allowed here')
    }
    if (depth === 1 && kind === 'Identifier' && head === 'ShowTables')
      judgeDatabase(node.split(' ')[1]!)
    if (!NODES.has(kind)) {
      throw new RefusedStatementError(`this kind of expression is not allowed here: ${kind}`)
    }
    if (kind === 'Function') {
      judgeFunction(node.split(' ')[1]!, parent.startsWith('TableExpression'), tableFunctionNames)
    } else if (kind === 'Identifier' && node.startsWith('Identifier default.')) {
      // The right side of IN may be a table, and in `default` files are tables.
      judgeDatabase('default')
    } else if (kind === 'TableIdentifier') {
      judgeTable(node.split(' ')[1]!)
    }
  }
}

function judgeFunction(name: string, isTable: boolean, tableFunctionNames: Set<string>): void {
  const known = name.toLowerCase()
  const allowed = isTable
    ? TABLE_FUNCTIONS.has(known)
    : !FUNCTIONS.has(known) &&
      !FUNCTION_FAMILIES.test(known) &&
      (!tableFunctionNames.has(known) ||
        TABLE_FUNCTIONS.has(known) ||
        HARMLESS_NAMESAKES.has(known))
  if (!allowed) {
    throw new RefusedStatementError(
      `${isTable ? 'table function' : 'function'} ${name} is not allowed here`,
    )
  }
}

function judgeTable(name: string): void {
  const dot = name.indexOf('.')
  const table = name.slice(dot + 1)
  if (dot >= 0) judgeDatabase(name.slice(0, dot))
  if (SYSTEM_TABLES.has(table.toLowerCase())) {
    throw new RefusedStatementError(`table ${name} is not allowed here`)
  }
}

function judgeDatabase(name: string): void {
  if (name === '' || DATABASES.has(name.toLowerCase())) return
  throw new RefusedStatementError(`database ${name} is not allowed here: there is otel, and system`)
}

let knownTableFunctions: Set<string> | undefined

function tableFunctions(session: Session): Set<string> {
  knownTableFunctions ??= new Set(
    session.query('SELECT lower(name) FROM system.table_functions', 'TSVRaw').trimEnd().split('\n'),
  )
  return knownTableFunctions
}
