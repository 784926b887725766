/** Judges a syntax tree as `EXPLAIN AST` prints it, a node a line; for statement.ts. */
import {
  type Engine,
  judgeDatabase,
  judgeFunction,
  judgeName,
  judgeTable,
  judgeTableFunction,
} from './allowed.ts'
import { RefusedStatementError, readOnly } from './refused.ts'

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

/** In the structure that `values` is given, a column may be computed by an expression that no tree shows. */
const COMPUTED_COLUMN = /alias|default|materialized|ephemeral/i

/**
 * @param lines of which each is one node: no name in the statement holds a newline.
 * @param database where a table without a database is.
 * @throws RefusedStatementError for anything but a question that stays inside the store.
 */
export function judgeTree(lines: string[], database: string, engine: Engine): void {
  const head = lines[0]!.replace(/ \(children \d+\)$/, '')
  const explained = EXPLAINS.test(head)
  if (!explained && !HEADS.has(head.split(' ', 1)[0]!)) {
    throw readOnly('only statements that read are allowed here')
  }
  const named = /^(?:Exists|ShowCreate)\S+ (\S*) ?(.*)$/.exec(head)
  if (named) {
    judgeDatabase(named[1]!)
    judgeTable(named[1] === '' ? named[2]! : `${named[1]}.${named[2]}`, database, engine)
  }
  const nodes = lines.map(nodeOf)
  for (let i = 1; i < nodes.length; i++) {
    const { kind, name, depth } = nodes[i]!
    if (kind === 'Set') {
      if (explained && i === 1) continue
      throw readOnly('SETTINGS inside of a statement are not allowed here')
    }
    if (depth === 1 && kind === 'Literal') {
      throw new RefusedStatementError('INTO OUTFILE is not allowed here')
    }
    if (!NODES.has(kind)) {
      throw new RefusedStatementError(`this kind of expression is not allowed here: ${kind}`)
    }
    if (depth === 1 && kind === 'Identifier') {
      if (head === 'ShowTables') judgeDatabase(name)
      // Cut off before, judged as a format, and not in a tree again.
      else if (!named) throw new RefusedStatementError('a second FORMAT is not allowed here')
    } else if (kind === 'Function' && nodes[i - 1]!.kind === 'TableExpression') {
      judgeTableFunction(name)
      if (name.toLowerCase() === 'values') judgeStructure(nodes[i + 2])
    } else if (kind === 'Function') {
      judgeFunction(name, engine)
    } else if (kind === 'Identifier') {
      judgeName(name, database, engine)
    } else if (kind === 'TableIdentifier') {
      judgeTable(name, database, engine)
    }
  }
}

interface Node {
  kind: string
  /** Without its alias. */
  name: string
  depth: number
}

function nodeOf(line: string): Node {
  const text = line.trimStart()
  const [kind = ''] = text.split(' ', 1)
  const name = text.slice(kind.length + 1).replace(/ ?\((?:alias .*|children \d+)\)$/, '')
  return { kind, name, depth: line.length - text.length }
}

/** The first argument of `values`, which is the columns' structure if it is a text. */
function judgeStructure(node: Node | undefined): void {
  if (node?.kind !== 'Literal' || COMPUTED_COLUMN.test(node.name)) {
    throw new RefusedStatementError(
      'values() takes a plain structure or plain rows here, and no computed columns',
    )
  }
}
