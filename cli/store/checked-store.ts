/** Checks the statements of a checkout's query files before a server gets them. */
import { refused } from '../errors.ts'
import type { BoundQuery } from '../query/compose/bound-query.ts'
import type { FunctionKind } from '../query/filters/where-rules.ts'
import { readAll, type Store } from './client.ts'

/**
 * The store, with each statement first checked against the collector's lists of what is allowed. The collector's own
 * store is returned as it is, since its endpoint checks every statement.
 * @param path the query file, for messages
 */
export function checkedStore(store: Store, database: string, path: string): Store {
  if (store.local) return store
  let check: Promise<(query: BoundQuery) => Promise<void>> | undefined
  const ask: Store['ask'] = async (query, options) => {
    check ??= checkOf(store, database)
    try {
      await (await check)(query)
    } catch (error) {
      throw refusal(error, path)
    }
    return store.ask(query, options)
  }
  return Object.create(store, { ask: { value: ask } })
}

async function checkOf(store: Store, database: string) {
  const { checkForeign, foreignNames } = await import(
    '../../collector/clickhouse/check/other-server.ts'
  )
  const ask = async (sql: string, params = {}) =>
    readAll((await store.ask({ sql, params }, { database })).batches)
  const names = await foreignNames(ask, database)
  // A collector given by its URL checks statements itself, and refuses the functions that the check needs.
  if (store.local) return async () => {}
  return (query: BoundQuery) => checkForeign(ask, query, database, names)
}

function refusal(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error.name !== 'RefusedStatementError') return error
  return refused(
    `${path} does more than a checkout's query may: ${error.message}`,
    'read it first; then name its folder: --queries .otrace/queries',
  )
}

/** The collector's list of functions, for the names that a condition calls. */
export async function functionKinds(): Promise<(name: string) => FunctionKind> {
  return (await import('../../collector/clickhouse/check/function-verdict.ts')).verdictOnTyped
}
