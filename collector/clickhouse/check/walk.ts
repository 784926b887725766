/** Checks each node of a statement's syntax tree against the lists. */
import { notRead, RefusedStatementError, readOnly } from '../errors.ts'
import {
  checkDatabase,
  checkFunction,
  checkName,
  checkTable,
  checkTableFunction,
  type EngineNames,
  verdictOn,
} from './allowed-names.ts'
import { checkArguments, readsText, typeNames } from './arguments.ts'
import { checkHidden } from './hidden.ts'
import { lambdaNames } from './lambdas.ts'
import { tokenize } from './tokens.ts'
import { type Node, parseTree, textOf } from './tree.ts'
import { hasArguments, isPlainStructure, isPlainType } from './types.ts'

const HEADS = new Set([
  'SelectWithUnionQuery',
  'SelectIntersectExceptQuery',
  'DescribeQuery',
  'ShowTables',
  'ShowColumns',
  'ShowIndexes',
  'ShowFunctions',
  'ExistsTableQuery',
  'ExistsViewQuery',
  'ExistsDatabaseQuery',
  'ShowCreateTableQuery',
  'ShowCreateViewQuery',
  'ShowCreateDatabaseQuery',
])

const EXPLAINS = /^EXPLAIN(| AST| SYNTAX| QUERY TREE| PIPELINE| ESTIMATE)$/

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
 * @param lines of EXPLAIN AST
 * @param text as the engine prints it
 * @param database where a table without a database is.
 * @returns the text to run
 * @throws RefusedStatementError for anything but a read of the store.
 */
export function checkTree(
  lines: string[],
  text: string,
  database: string,
  engine: EngineNames,
): string {
  const nodes = parseTree(lines)
  const head = nodes[0]!
  const explained = head.kind === 'Explain' && EXPLAINS.test(head.name)
  if (!explained && !HEADS.has(head.kind)) {
    throw notRead()
  }
  const named = /^(?:Exists|ShowCreate)/.test(head.kind)
  if (named) checkNamed(head.name, database, engine)
  const open = checkHidden(head, text, database)
  const defined = lambdaNames(nodes, engine)
  const functionNames = namesOfFunctions(nodes, engine)
  for (let i = 1; i < nodes.length; i++) {
    const node = nodes[i]!
    const { kind, name, depth } = node
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
      if (head.kind === 'ShowTables') checkDatabase(name, engine)
      // The FORMAT was removed before and is checked as a format.
      else if (!named) throw new RefusedStatementError('a second FORMAT is not allowed here')
    } else if (kind === 'Function' && nodes[i - 1]!.kind === 'TableExpression') {
      checkTableCall(node, engine)
    } else if (kind === 'Function') {
      const canonical = checkFunction(name, defined, engine)
      checkArguments(canonical, argumentsOf(node), engine)
      if (IN.test(canonical)) checkInSet(argumentsOf(node)[1], engine)
    } else if (kind === 'Identifier') {
      const count = functionNames.get(node)
      if (count !== undefined) checkFunctionName(name, count, engine)
      checkName(name, database, engine)
      checkSubcolumn(name, engine)
    } else if (kind === 'TableIdentifier') {
      checkTable(name, database, engine)
    }
  }
  return open
}

function checkTableCall(node: Node, engine: EngineNames): void {
  checkTableFunction(node.name)
  if (node.name.toLowerCase() === 'values') checkStructure(argumentsOf(node)[0], engine)
}

const IN = /^(global)?(in|notIn|nullIn|notNullIn)$/i

/** `1 IN format(…)` calls the table function, and not the scalar of that name. */
function checkInSet(set: Node | undefined, engine: EngineNames): void {
  if (set?.kind === 'Function' && engine.tableFunctions.has(set.name.toLowerCase()))
    checkTableCall(set, engine)
}

function argumentsOf({ children }: Node): Node[] {
  return children[0]?.children ?? []
}

function checkNamed(names: string, database: string, engine: EngineNames): void {
  const [first = '', second = ''] = names.split(' ')
  checkDatabase(first, engine)
  checkTable(first === '' ? second : `${first}.${second}`, database, engine)
}

/** Nodes that the engine may read as a function's name, `arrayMap(upper, …)`, with its number of arguments. */
function namesOfFunctions(nodes: Node[], engine: EngineNames): Map<Node, number> {
  const calls = nodes.filter(
    ({ kind, name }) =>
      kind === 'Function' && engine.higherOrder.has(engine.functions.get(name.toLowerCase()) ?? ''),
  )
  return new Map(
    calls.flatMap((call) => argumentsOf(call).map((node, _, all) => [node, all.length - 1])),
  )
}

function checkFunctionName(name: string, count: number, engine: EngineNames): void {
  const canonical = engine.functions.get(name.toLowerCase())
  if (canonical === undefined) return
  if (verdictOn(canonical) === 'allowed' && !readsText(canonical, count)) return
  throw new RefusedStatementError(
    `the name ${name} is not allowed here, for it is a function's: call the column otherwise`,
  )
}

/** Subcolumns of Dynamic and JSON columns are named by their types, which the engine evaluates. */
function checkSubcolumn(name: string, engine: EngineNames): void {
  if (!name.includes('(')) return
  for (const part of name.split('.').slice(1)) {
    const type = part.replaceAll('`', '').replace(/^:/, '')
    const tokens = tokenize(type)
    const word = tokens[tokens.findIndex(({ text }) => text === '(') - 1]?.text ?? ''
    const isType = hasArguments(word) || type.includes('/*') || type.includes('--')
    if (isType && !isPlainType(type, typeNames(engine)))
      throw new RefusedStatementError(`a subcolumn with this type is not allowed here: ${name}`)
  }
}

/** The first argument of `values`, which is the columns' structure if it is a text. */
function checkStructure(node: Node | undefined, engine: EngineNames): void {
  const text = node && textOf(node)
  const isRow = node?.kind === 'Literal' && text === undefined
  if (!isRow && (text === undefined || !isPlainStructure(text, typeNames(engine)))) {
    throw new RefusedStatementError(
      'values() takes a plain structure or plain rows here, and no computed columns',
    )
  }
}
