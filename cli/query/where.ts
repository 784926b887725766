/** Judges a `--where` expression by its syntax tree before it becomes part of a statement; pure. */
import { OtraceError } from '../errors.ts'
import { nearest } from './nearest.ts'

/** The columns of `spans` (design §4) that a condition may name. */
export const SPAN_COLUMNS = [
  'time',
  'trace_id',
  'span_id',
  'parent_id',
  'trace_state',
  'scope',
  'scope_version',
  'service',
  'name',
  'kind',
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

/** Not of the expression: `judge.sql` ends so. */
const FORMAT_OF_JUDGE = ' Identifier Null'
const NODE =
  /^ *(Function|Identifier|Literal|ExpressionList|SelectWithUnionQuery|SelectQuery)\b(.*)$/
/** Functions of ClickHouse that look outside the row: at files, dictionaries, other tables, the server, or at nothing for a while. */
const OUTSIDE =
  /^(?:__\w+|addressTo\w*|ai\w*|catboost\w*|demangle|dict\w*|evalMLMethod|file|formatRow\w*|generateSerialID|getClientHTTPHeader|getMacro|getMergeTreeSetting|getServer\w*|getSetting\w*|hasColumnInTable|joinGet\w*|llm\w*|logTrace|model\w*|naiveBayes\w*|region(?:Hierarchy|In|To)\w*|showCertificate|sleep\w*|zookeeper\w*)$/i

/** One span must stay one row. */
const MANY_ROWS = /^(?:arrayJoin|unnest)$/i

interface Node {
  kind: string
  word: string
  children: number
}

/**
 * Accepts or refuses the tree of `SELECT (<expression>)`, as `EXPLAIN AST` prints it, a line each.
 * @throws OtraceError (exit 2) for anything but functions of span columns and literals
 */
export function judgeWhere(expression: string, tree: string[]): void {
  const lines = tree.filter((line) => line.trim() !== '' && line !== FORMAT_OF_JUDGE)
  const nodes = lines.map((line) => readNode(expression, line))
  if (nodes.filter(({ kind }) => kind === 'SelectQuery').length !== 1) {
    throw refusal(expression, 'it holds a query of its own')
  }
  // `1) LIMIT (1` would close the parenthesis that it stands in.
  const query = nodes.findIndex(({ kind }) => kind === 'SelectQuery')
  if (nodes[query]?.children !== 1 || nodes[query + 1]?.children !== 1) {
    throw refusal(expression, 'it holds more than a condition')
  }
  const names = new Set<string>([...SPAN_COLUMNS, ...lambdaArguments(nodes)])
  for (const { kind, word } of nodes) {
    // A name is a function, too: arrayMap(file, …).
    if ((kind === 'Function' || kind === 'Identifier') && OUTSIDE.test(word)) {
      throw refusal(expression, `the function ${word} looks outside the span`)
    }
    if (kind === 'Function' && MANY_ROWS.test(word)) {
      throw manyAtOnce(expression, `${word} makes several rows of one`)
    }
    if (kind === 'Identifier' && !names.has(word)) {
      throw refusal(expression, `there is no column '${word}'`, columnHint(word))
    }
  }
}

function readNode(expression: string, line: string): Node {
  const match = NODE.exec(line)
  if (/^ *Window/.test(line)) throw manyAtOnce(expression, 'a window is over many')
  if (!match) throw refusal(expression, 'it holds more than a condition')
  const rest = match[2]!.trim()
  const children = Number(/\(children (\d+)\)$/.exec(rest)?.[1] ?? 0)
  return { kind: match[1]!, word: rest.split(/[ .(]/)[0]!, children }
}

/** `lambda` → ExpressionList → `tuple` → ExpressionList → the names, in the order of the tree's lines. */
function lambdaArguments(nodes: Node[]): string[] {
  return nodes.flatMap(({ kind, word }, i) => {
    if (kind !== 'Function' || word !== 'lambda') return []
    const count = nodes[i + 3]?.children ?? 0
    return nodes.slice(i + 4, i + 4 + count).map((node) => node.word)
  })
}

/**
 * What a server's refusal of a condition means to whoever typed it; undefined for one that is not about the condition.
 * @param message ends with the server's name and number of the error, in parentheses
 * @param alone nothing else was asked
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
  if (code === '62') return refusal(expression, 'it is no SQL condition')
  if (code === '184') {
    const which = /function (.+?) is found/.exec(said)?.[1] ?? 'an aggregate function'
    return manyAtOnce(expression, `${which} is about many`)
  }
  if (code === '59') {
    const type = /: ([^:]+)$/.exec(said)?.[1]
    return refusal(expression, `it is neither true nor false${type ? `, but ${type}` : ''}`)
  }
  return alone || ABOUT_CONDITION.has(code ?? '') ? refusal(expression, said) : undefined
}

/** Functions, arguments, types and values that do not go together: https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp */
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
  return new OtraceError('usage', `--where '${expression}': ${why}`, `${hint}; ${COLUMN_LIST}`)
}

/** For whoever has to say a condition otherwise. */
export const COLUMN_LIST = `the columns are ${SPAN_COLUMNS.join(', ')}`

const EXAMPLE = `write it like --where "http_status >= 500 AND service = 'shop'"; texts stand in 'single quotes'`

function columnHint(word: string): string {
  const meant = nearest(word, SPAN_COLUMNS)
  return `${meant ? `did you mean ${meant}? ` : ''}texts stand in 'single quotes'`
}

function manyAtOnce(expression: string, why: string): OtraceError {
  return refusal(
    expression,
    `--where judges one span at a time, and ${why}`,
    'for conditions on many: otrace sql "SELECT trace_id, count() FROM spans GROUP BY trace_id HAVING count() > 1"',
  )
}
