/** Judges a `--where` expression by its syntax tree before it becomes part of a statement; pure. */
import { OtraceError } from '../errors.ts'

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

const NODE =
  /^ *(Function|Identifier|Literal|ExpressionList|SelectWithUnionQuery|SelectQuery)\b(.*)$/
/** Functions of ClickHouse that look outside the row: at files, dictionaries, other tables, the server, or at nothing for a while. */
const OUTSIDE =
  /^(?:__\w+|addressTo\w*|ai\w*|catboost\w*|demangle|dict\w*|evalMLMethod|file|formatRow\w*|generateSerialID|getClientHTTPHeader|getMacro|getMergeTreeSetting|getServer\w*|getSetting\w*|hasColumnInTable|joinGet\w*|llm\w*|logTrace|model\w*|naiveBayes\w*|region(?:Hierarchy|In|To)\w*|showCertificate|sleep\w*|zookeeper\w*)$/i

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
  const lines = tree.filter((line) => line.trim() !== '')
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
    if (kind === 'Identifier' && !names.has(word)) {
      throw refusal(expression, `there is no column '${word}'`)
    }
  }
}

function readNode(expression: string, line: string): Node {
  const match = NODE.exec(line)
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

function refusal(expression: string, why: string): OtraceError {
  return new OtraceError(
    'usage',
    `--where '${expression}': ${why}`,
    `the columns are ${SPAN_COLUMNS.join(', ')}; write texts in 'single quotes'`,
  )
}
