/** Validates a `--where` expression by its syntax tree. */
import { type OtraceError, usage } from '../../errors.ts'
import { parseWhole } from '../../units/parse.ts'
import type { Unit } from '../../units/units.ts'
import { didYouMean } from '../did-you-mean.ts'

/** The columns of `spans` that a condition may name. */
export const SPANS_COLUMNS = [
  'time',
  'trace_id',
  'span_id',
  'parent_id',
  'trace_state',
  'scope',
  'scope_version',
  'service',
  'name',
  'operation',
  'route',
  'kind',
  'is_entry',
  'status',
  'status_message',
  'is_error',
  'duration',
  'attributes',
  'resource',
  'event_time',
  'event_name',
  'event_attributes',
  'link_trace_id',
  'link_span_id',
  'link_attributes',
  'http_method',
  'http_route',
  'http_status',
  'http_path',
  'db_system',
  'db_query',
  'db_operation',
  'db_namespace',
  'db_collection',
  'rpc_system',
  'rpc_method',
  'rpc_status',
  'messaging_system',
  'messaging_destination',
  'messaging_operation',
  'user_id',
  'environment',
  'code_function',
  'exception_type',
  'exception_message',
  'weight',
] as const

/** The end of `where-tree.sql`, not part of the expression. */
const FORMAT_OF_JUDGE = ' Identifier Null'
const NODE =
  /^ *(Function|Identifier|Literal|ExpressionList|SelectWithUnionQuery|SelectQuery)\b(.*)$/
/** Functions that change the number of rows: each span must stay one row. */
const MANY_ROWS = /^(?:arrayJoin|unnest)$/i

/** What a function is, by its name as typed; a condition may call those of the first kind. */
export type FunctionKind = 'function' | 'aggregate' | 'refused' | undefined

interface Node {
  /** Spaces before its line. */
  depth: number
  kind: string
  /** A name up to its first dot. */
  word: string
  /** A name with its dots. */
  path: string
  children: number
}

/**
 * Accepts or refuses the tree of `SELECT (<expression>)`, as `EXPLAIN AST` prints it, a line each.
 * @param kindOf the list of allowed functions
 * @throws OtraceError (exit 2) for anything but functions of span columns and literals
 */
export function checkWhereTree(
  expression: string,
  tree: string[],
  kindOf: (name: string) => FunctionKind,
): void {
  const lines = tree.filter((line) => line.trim() !== '' && line !== FORMAT_OF_JUDGE)
  const nodes = lines.map((line) => readNode(expression, line))
  if (nodes.filter(({ kind }) => kind === 'SelectQuery').length !== 1) {
    throw refusal(expression, 'subquery not allowed')
  }
  // `1) LIMIT (1` would close the surrounding parenthesis.
  const query = nodes.findIndex(({ kind }) => kind === 'SelectQuery')
  if (nodes[query]?.children !== 1 || nodes[query + 1]?.children !== 1) {
    throw refusal(expression, 'not a single condition')
  }
  for (const [i, { kind, word, path }] of nodes.entries()) {
    if (kind === 'Function') checkFunction(expression, word, kindOf)
    // A name may be a function, too: arrayMap(file, …).
    if (kind === 'Identifier' && kindOf(word) === 'refused') throw notAllowed(expression, word)
    if (kind === 'Identifier' && !COLUMNS.has(word) && !isArgument(nodes, i)) {
      throw refusal(expression, `no such column: ${path}`, columnHint(path))
    }
  }
}

const COLUMNS = new Set<string>(SPANS_COLUMNS)

const notAllowed = (expression: string, name: string) =>
  refusal(expression, `function not allowed: ${name}`, 'remove the function')

function checkFunction(
  expression: string,
  name: string,
  kindOf: (name: string) => FunctionKind,
): void {
  if (MANY_ROWS.test(name))
    throw manyAtOnce(expression, `function not allowed: ${name} makes several rows of a span`)
  const kind = kindOf(name)
  if (kind === 'aggregate') throw manyAtOnce(expression, `aggregate function not allowed: ${name}`)
  if (kind !== 'function') throw notAllowed(expression, name)
}

function readNode(expression: string, line: string): Node {
  const match = NODE.exec(line)
  const depth = line.search(/\S/)
  if (/^ *Window/.test(line)) throw manyAtOnce(expression, 'window function not allowed')
  if (!match) throw refusal(expression, 'not a single condition')
  const rest = match[2]!.trim()
  const children = Number(/\(children (\d+)\)$/.exec(rest)?.[1] ?? 0)
  const path = rest.split(/[ (]/)[0]!
  return { depth, kind: match[1]!, word: path.split('.')[0]!, path, children }
}

/** Whether the name at `index` is an argument of a lambda around it: `lambda` → list → `tuple` → list → the names. */
function isArgument(nodes: Node[], index: number): boolean {
  const { word } = nodes[index]!
  let { depth } = nodes[index]!
  for (let i = index - 1; i >= 0; i--) {
    if (nodes[i]!.depth >= depth) continue
    depth = nodes[i]!.depth
    if (nodes[i]!.kind !== 'Function' || nodes[i]!.word !== 'lambda') continue
    const count = nodes[i + 3]?.children ?? 0
    if (nodes.slice(i + 4, i + 4 + count).some((node) => node.word === word)) return true
  }
  return false
}

/** What to write instead, where a condition compares a text with a number. */
function textHint(expression: string): string | undefined {
  const quoted = /'([\d.]+ ?[a-zµ]+)'/i.exec(expression)?.[1]
  if (quoted && ['ns', 'bytes'].some((unit) => parseWhole(quoted, unit as Unit) !== undefined)) {
    return `write durations and sizes without quotes: ${quoted}`
  }
  const number = /\b(?:attributes|resource)(?:\.|\[)/.test(expression)
  return number ? `attributes are texts: toFloat64OrNull(attributes['…']) > 5` : undefined
}

/**
 * Rewords a server's refusal of a condition; undefined if the error is not about the condition.
 * @param message ends with the server's name and number of the error, in parentheses
 * @param alone the statement had no other part
 */
export function whereRefused(
  expression: string,
  message: string,
  alone = false,
): OtraceError | undefined {
  const code = /\(\w+ (\d+)\)$/.exec(message)?.[1]
  const said = message
    .replace(/^ClickHouse refused the query: /, '')
    .replace(/\.? \(\w+ \d+\)$/, '')
    .replace(/\.? In (?:scope|query) [\s\S]*$/i, '')
    .replace(/\s+/g, ' ')
  const [, refused] = /\bfunction (\S+) is not allowed here/.exec(said) ?? []
  if (refused !== undefined) return notAllowed(expression, refused)
  if (code === '46') return refusal(expression, said, 'correct or remove the function')
  if (code === '62') return refusal(expression, 'not a SQL condition')
  if (code === '184') {
    const which = /function (.+?) is found/.exec(said)?.[1] ?? 'unknown'
    return manyAtOnce(expression, `aggregate function not allowed: ${which}`)
  }
  if (code === '59') {
    const type = /: ([^:]+)$/.exec(said)?.[1]
    return refusal(expression, `not a condition${type ? `, but ${type}` : ''}`)
  }
  return alone || ABOUT_CONDITION.has(code ?? '')
    ? refusal(expression, said, textHint(expression))
    : undefined
}

/**
 * Errors of mismatched functions, arguments, types and values:
 * https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp
 */
const ABOUT_CONDITION = new Set(
  [
    '6',
    '27',
    '32',
    '35',
    '36',
    '38',
    '41',
    '42',
    '43',
    '44',
    '46',
    '47',
    '48',
    '53',
    '69',
    '70',
  ].concat(['72', '130', '131', '153', '190', '386', '407']),
)

function refusal(expression: string, why: string, hint = EXAMPLE): OtraceError {
  return usage(`--where '${expression}': ${why}`, `${hint}; ${COLUMN_LIST}`)
}

/** The page that lists the columns: there are too many for a hint. */
export const COLUMN_LIST = 'columns: otrace sql "DESCRIBE spans"'

const EXAMPLE = `write it like --where "http_status >= 500 AND service = 'shop'"; write texts in 'single quotes'`

function columnHint(path: string): string {
  if (path.includes('.')) return `write attributes like attributes['${path}']`
  const meant = didYouMean(path, SPANS_COLUMNS)
  return `${meant ? `did you mean ${meant}? ` : ''}write texts in 'single quotes'`
}

/** For functions of several spans. */
function manyAtOnce(expression: string, why: string): OtraceError {
  return refusal(
    expression,
    why,
    '--where tests each span alone; for several: otrace sql "SELECT trace_id, count() FROM spans GROUP BY trace_id HAVING count() > 1"',
  )
}
