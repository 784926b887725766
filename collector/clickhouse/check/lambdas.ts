/** Names of a statement's own functions, which hide those of the engine. */
import { RefusedStatementError } from '../errors.ts'
import { type EngineNames, isEngineFunction } from './allowed-names.ts'
import type { Node } from './tree.ts'

/** Each takes a look at all nodes. */
const MOST_ROUNDS = 10

/**
 * An alias of an alias names the lambda, too, and so does a parameter that takes a lambda.
 * @returns every name that may call a lambda of the statement
 * @throws RefusedStatementError for the name of an engine function: its arguments would be checked, not the lambda's.
 */
export function lambdaNames(nodes: Node[], engine: EngineNames): Set<string> {
  const isLambda = ({ kind, name }: Node) => kind === 'Function' && name === 'lambda'
  const lambdas = nodes.filter((node) => isLambda(node) && node.alias !== undefined)
  const names = new Set(lambdas.map(({ alias }) => alias!))
  if (names.size === 0) return names
  const parameters = new Set(lambdas.flatMap(parametersOf))
  const isOne = (node: Node) =>
    isLambda(node) || (node.kind === 'Identifier' && names.has(node.name))
  let takesLambdas = false
  for (let before = 0, rounds = 0; before < names.size; rounds++) {
    if (rounds > MOST_ROUNDS) throw new RefusedStatementError('too many aliases of a lambda')
    before = names.size
    for (const { kind, name, alias, children } of nodes) {
      if (kind === 'Identifier' && alias !== undefined && names.has(name)) names.add(alias)
      if (kind === 'Function' && names.has(name) && !takesLambdas)
        takesLambdas = children[0]?.children.some(isOne) ?? false
    }
    if (takesLambdas) for (const name of parameters) names.add(name)
  }
  for (const name of names) {
    if (isEngineFunction(name, engine))
      throw new RefusedStatementError(
        `a lambda may not be named ${name} here, for it is a function's: call it otherwise`,
      )
  }
  return names
}

function parametersOf(lambda: Node): string[] {
  const [parameters] = lambda.children[0]?.children ?? []
  const all = parameters?.kind === 'Function' ? (parameters.children[0]?.children ?? []) : []
  return [...all, ...(parameters ? [parameters] : [])].map(({ name }) => name)
}
