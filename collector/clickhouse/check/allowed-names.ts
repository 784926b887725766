/** Functions, tables and databases that a statement may name. */
import { RefusedStatementError, unknownDatabase, unknownFunction } from '../errors.ts'
import { ALLOWED_AGGREGATES } from './allowed-aggregates.ts'
import { ALLOWED_FUNCTIONS } from './allowed-functions.ts'
import { REFUSED_FUNCTIONS } from './refused-functions.ts'

/** Names in the engine, lower case. */
export interface EngineNames {
  /** Canonical name of a function or an alias. */
  functions: Map<string, string>
  /** Canonical names of functions that take a function by its name, as in `arrayMap(upper, …)`. */
  higherOrder: Set<string>
  tableFunctions: Set<string>
  combinators: string[]
  /** Tables of the database `system`. */
  tables: Set<string>
  zones: Set<string>
  /** Lower case; tables of other databases are refused. */
  databases: Set<string>
  /** All databases that there are, where that is known; the error for any other says so. */
  existing?: Set<string>
}

type Group = { reason: string; names: string }

const split = ({ names }: Group) => names.trim().split(/\s+/)
const FUNCTIONS = new Set(ALLOWED_FUNCTIONS.flatMap(split))
const AGGREGATES = new Set(ALLOWED_AGGREGATES.flatMap(split))
const REFUSED = new Map(
  REFUSED_FUNCTIONS.flatMap((group) => split(group).map((name) => [name, group.reason])),
)

/** The parser's own, which system.functions does not list. */
const SYNTAX = new Set(['lambda', 'grouping', 'exists', 'untuple'])

/** In small letters. */
export const TABLE_FUNCTIONS = new Set([
  'numbers',
  'numbers_mt',
  'zeros',
  'zeros_mt',
  'generateseries',
  'generate_series',
  'primes',
  'values',
  'view',
])

/** Databases of every store. */
export const DATABASES = ['otel', 'system', 'information_schema']

/** System tables about the engine itself: others start programs, ask the network, or show secrets. */
const SYSTEM_TABLES = new Set([
  'aggregate_function_combinators',
  'build_options',
  'collations',
  'columns',
  'contributors',
  'data_skipping_indices',
  'data_type_families',
  'databases',
  'events',
  'formats',
  'functions',
  'keywords',
  'merge_tree_settings',
  'merges',
  'metrics',
  'mutations',
  'numbers',
  'numbers_mt',
  'one',
  'parts',
  'parts_columns',
  'processes',
  'projections',
  'settings',
  'table_engines',
  'table_functions',
  'tables',
  'time_zones',
  'zeros',
  'zeros_mt',
])

/** The verdict on a canonical name; undefined if it is on no list. */
export function verdictOn(canonical: string): 'allowed' | 'refused' | undefined {
  if (FUNCTIONS.has(canonical) || AGGREGATES.has(canonical)) return 'allowed'
  return REFUSED.has(canonical) ? 'refused' : undefined
}

/**
 * @param defined names of the statement's own lambdas
 * @returns the canonical name
 * @throws RefusedStatementError for a function that is not on the list.
 */
export function checkFunction(name: string, defined: Set<string>, engine: EngineNames): string {
  const known = name.toLowerCase()
  const canonical = engine.functions.get(known)
  if (canonical !== undefined) {
    if (FUNCTIONS.has(canonical) || AGGREGATES.has(canonical)) return canonical
    const reason = REFUSED.get(canonical) ?? 'is new to otrace'
    throw new RefusedStatementError(`function ${name} is not allowed here: it ${reason}`)
  }
  if (SYNTAX.has(known) || defined.has(name)) return known
  if (isAggregate(known, engine)) return known
  throw unknownFunction(name)
}

/** Characters of an aggregate function with its combinators. */
const LONGEST_NAME = 200

/** Whether it is an allowed aggregate function, combinators included. */
export function isAggregate(name: string, engine: EngineNames): boolean {
  // Each combinator takes another look at the whole name.
  if (name.length > LONGEST_NAME) return false
  for (let base = name.toLowerCase(); ; ) {
    const canonical = engine.functions.get(base)
    if (canonical !== undefined) return AGGREGATES.has(canonical)
    const combinator = engine.combinators.find((end) => base.endsWith(end) && base !== end)
    if (combinator === undefined) return false
    base = base.slice(0, -combinator.length)
  }
}

/** Whether the engine has a function of this name, refused ones and combinators included. */
export function isEngineFunction(name: string, engine: EngineNames): boolean {
  const known = name.toLowerCase()
  if (SYNTAX.has(known) || engine.functions.has(known) || name.length > LONGEST_NAME) return true
  const bases = engine.combinators.filter((end) => known.endsWith(end) && known !== end)
  return bases.some((end) => isEngineFunction(known.slice(0, -end.length), engine))
}

/** @throws RefusedStatementError for a table function that is not on the list. */
export function checkTableFunction(name: string): void {
  if (!TABLE_FUNCTIONS.has(name.toLowerCase()))
    throw new RefusedStatementError(`table function ${name} is not allowed here`)
}

/**
 * The right side of IN may be a table, and in `default` files are tables.
 * @param database where a table without a database is
 * @throws RefusedStatementError
 */
export function checkName(name: string, database: string, engine: EngineNames): void {
  const [first = '', second] = name.toLowerCase().split('.', 2)
  if (second === undefined) checkBareTable(first, database, engine)
  else if (first === 'default' || first.startsWith('_temporary')) checkDatabase(first, engine)
  else if (first === 'system' && engine.tables.has(second)) checkSystemTable(second)
}

/** @throws RefusedStatementError */
export function checkTable(name: string, database: string, engine: EngineNames): void {
  const dot = name.indexOf('.')
  const named = name.slice(0, Math.max(dot, 0))
  if (dot < 0) checkBareTable(name, database, engine)
  checkDatabase(named, engine)
  if (named.toLowerCase() === 'system') checkSystemTable(name.slice(dot + 1))
}

/** @throws RefusedStatementError */
export function checkDatabase(name: string, { databases, existing }: EngineNames): void {
  if (name === '' || databases.has(name.toLowerCase())) return
  if (existing?.has(name.toLowerCase()) === false) throw unknownDatabase(name)
  const [first] = databases
  throw new RefusedStatementError(
    `database ${name} is not allowed here: there is ${first}, and system`,
  )
}

/** It may also be the name of a WITH. */
function checkBareTable(name: string, database: string, { tables }: EngineNames): void {
  if (database === 'system' && tables.has(name.toLowerCase())) checkSystemTable(name)
}

function checkSystemTable(table: string): void {
  if (!SYSTEM_TABLES.has(table.toLowerCase()))
    throw new RefusedStatementError(`table system.${table} is not allowed here`)
}
