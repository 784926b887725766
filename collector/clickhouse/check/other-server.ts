/** The check of a statement for another ClickHouse server, which prints and parses it. */

import { DATABASES, type EngineNames } from './allowed-names.ts'
import { typeNames } from './arguments.ts'
import { checkText, takeApart } from './text.ts'
import { checkTree } from './walk.ts'

/** Runs a statement of the check on the server. @returns its rows */
export type AskServer = (
  sql: string,
  params?: Record<string, unknown>,
) => Promise<Record<string, unknown>[]>

const NAMES = `
SELECT 'function' AS kind, lower(f.name) AS name, if(alias_to = '', f.name, alias_to) AS canonical FROM system.functions AS f WHERE origin = 'System'
UNION ALL SELECT 'table function', lower(name), '' FROM system.table_functions
UNION ALL SELECT 'combinator', lower(name), '' FROM system.aggregate_function_combinators
UNION ALL SELECT 'table', lower(name), '' FROM system.tables WHERE database = 'system'
UNION ALL SELECT 'zone', time_zone, '' FROM system.time_zones`

/** Functions with a function as an argument. Servers before 26 do not list them. */
const HIGHER_ORDER = /^(?:array|map)/

/**
 * The names that the server knows.
 * @param database the one that statements may read
 */
export async function foreignNames(ask: AskServer, database: string): Promise<EngineNames> {
  const rows = await ask(NAMES)
  const of = (kind: string) =>
    rows.filter((row) => row.kind === kind).map(({ name }) => String(name))
  const functions = new Map(
    rows
      .filter((row) => row.kind === 'function')
      .map(({ name, canonical }) => [String(name), String(canonical)] as const),
  )
  return {
    functions,
    higherOrder: new Set([...functions.values()].filter((name) => HIGHER_ORDER.test(name))),
    tableFunctions: new Set(of('table function')),
    combinators: of('combinator'),
    tables: new Set(of('table')),
    zones: new Set(of('zone')),
    databases: new Set([database.toLowerCase(), ...DATABASES]),
  }
}

/**
 * Checks a statement as the collector's endpoint does; its trailing SETTINGS are refused.
 * @param database where a table without a database is
 * @throws RefusedStatementError, or the server's syntax error
 */
export async function checkForeign(
  ask: AskServer,
  { sql, params }: { sql: string; params: Record<string, unknown> },
  database: string,
  names: EngineNames,
): Promise<void> {
  const [printed] = await ask('SELECT formatQuerySingleLine({sql:String}) AS text', { sql })
  const parts = takeApart(String(printed!.text).trimEnd())
  const texts = Object.entries(params).map(([name, value]) => [name, String(value)])
  checkText(parts, Object.fromEntries(texts), typeNames(names))
  // The first FORMAT goes to the explained statement: https://github.com/ClickHouse/ClickHouse/issues/28575
  const tree = await ask(`EXPLAIN AST ${sql}\nFORMAT Null`, params)
  const lines = tree.map((row) => String(row.explain))
  checkTree(
    lines.filter((line) => line !== ' Identifier Null'),
    // It runs as it is, so columns must be named.
    '',
    database,
    names,
  )
}
