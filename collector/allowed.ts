/** Which functions and tables a statement from outside may name; for tree.ts. */
import { RefusedStatementError } from './refused.ts'

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
  'view',
])

/**
 * Scalars that read the host or the network, write, or hold a thread: editing distances take minutes for one block of
 * long texts, and no limit is looked at before a block is done.
 */
const FUNCTIONS = new Set([
  'file',
  'catboostevaluate',
  'sleep',
  'sleepeachrow',
  'showcertificate',
  'getmacro',
  'getserversetting',
  'getserverport',
  'icebergtruncate',
  'demangle',
  'logtrace',
  'getclienthttpheader',
  'zookeepersessionuptime',
  'hascolumnintable',
  'getmaxtablenamelengthfordatabase',
  'generateserialid',
  'evalmlmethod',
  'arraysimilarity',
])
const FUNCTION_FAMILIES =
  /^(__|addressto|ai|dictget|dicthas|dictisin|editdistance|formatrow|jaro|joinget|(array)?levenshtein|damerau|lemmatize|llm|naivebayesclassifier|regionto|synonyms)/

/** Scalars that only share their name with a table function. */
const HARMLESS_NAMESAKES = new Set(['format', 'values', 'merge', 'view', 'null', 'loop', 'primes'])

const DATABASES = new Set(['otel', 'system', 'information_schema'])

/** System tables that tell what the engine knows by itself: others start programs, ask the network, or show secrets. */
const SYSTEM_TABLES = new Set([
  'aggregate_function_combinators',
  'asynchronous_metrics',
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

/** What this engine has, by lower-case name. */
export interface Engine {
  functions: Set<string>
  tableFunctions: Set<string>
  /** Of the database `system`. */
  tables: Set<string>
}

/** @throws RefusedStatementError for a table function that is not on the list. */
export function judgeTableFunction(name: string): void {
  if (!TABLE_FUNCTIONS.has(name.toLowerCase()))
    throw new RefusedStatementError(`table function ${name} is not allowed here`)
}

/** @throws RefusedStatementError for a scalar that does more than compute. */
export function judgeFunction(name: string, engine: Engine): void {
  if (!isAllowed(name.toLowerCase(), engine))
    throw new RefusedStatementError(`function ${name} is not allowed here`)
}

/**
 * A name may stand for a function, as in `arrayMap(file, …)`.
 * @param name of a column, an alias or a table, maybe with a database in front
 * @param database where a table without a database is
 * @throws RefusedStatementError
 */
export function judgeName(name: string, database: string, engine: Engine): void {
  const known = name.toLowerCase()
  if (engine.functions.has(known) && !isAllowed(known, engine)) {
    throw new RefusedStatementError(
      `the name ${name} is not allowed here, for it is a function's: call the column otherwise`,
    )
  }
  // The right side of IN may be a table, and in `default` files are tables.
  const [first = '', second] = known.split('.')
  if (second === undefined) judgeBareTable(known, database, engine)
  else if (first === 'default' || first.startsWith('_temporary')) judgeDatabase(first)
  else if (first === 'system' && engine.tables.has(second)) judgeSystemTable(second)
}

/** @throws RefusedStatementError */
export function judgeTable(name: string, database: string, engine: Engine): void {
  const dot = name.indexOf('.')
  const named = name.slice(0, Math.max(dot, 0))
  if (dot < 0) judgeBareTable(name, database, engine)
  judgeDatabase(named)
  if (named.toLowerCase() === 'system') judgeSystemTable(name.slice(dot + 1))
}

/** @throws RefusedStatementError */
export function judgeDatabase(name: string): void {
  if (name === '' || DATABASES.has(name.toLowerCase())) return
  throw new RefusedStatementError(`database ${name} is not allowed here: there is otel, and system`)
}

/** It may as well be the name of a WITH. */
function judgeBareTable(name: string, database: string, { tables }: Engine): void {
  if (database === 'system' && tables.has(name.toLowerCase())) judgeSystemTable(name)
}

function judgeSystemTable(table: string): void {
  if (!SYSTEM_TABLES.has(table.toLowerCase()))
    throw new RefusedStatementError(`table system.${table} is not allowed here`)
}

function isAllowed(known: string, { tableFunctions }: Engine): boolean {
  return (
    !FUNCTIONS.has(known) &&
    !FUNCTION_FAMILIES.test(known) &&
    (!tableFunctions.has(known) || TABLE_FUNCTIONS.has(known) || HARMLESS_NAMESAKES.has(known))
  )
}
