/** SQL statements, each run inside a client span. */
import type { Attributes } from '@opentelemetry/api'
import type Libsql from 'libsql/promise'
import { inGenerations } from '../telemetry/semconv.ts'
import { inClientSpan } from '../telemetry/spans.ts'

type Value = string | number

/** A connection. Values are bound to `?` and never reach a span. */
export interface Connection {
  /** The first row, if any. */
  get<Row>(sql: string, ...values: Value[]): Promise<Row | undefined>
  all<Row>(sql: string, ...values: Value[]): Promise<Row[]>
  /** The number of rows changed. */
  run(sql: string, ...values: Value[]): Promise<number>
}

/** The library's connection, with a property that its types lack. */
export type Handle = Libsql & { readonly inTransaction: boolean }

interface Prepared {
  all(...values: Value[]): Promise<Record<string, unknown>[]>
  run(...values: Value[]): { changes: number }
}

/** Wraps one connection to the database `namespace`. */
export function createConnection(handle: Handle, namespace: string): Connection {
  async function all<Row>(sql: string, values: Value[]): Promise<Row[]> {
    return inClientSpan(summary(sql), describe(namespace, sql), async (span) => {
      const prepared: Prepared = await handle.prepare(sql)
      const rows = await prepared.all(...values)
      span.setAttribute('db.response.returned_rows', rows.length)
      return rows.map(withoutMetadata) as Row[]
    })
  }
  return {
    all: (sql, ...values) => all(sql, values),
    async get<Row>(sql: string, ...values: Value[]) {
      const rows = await all<Row>(sql, values)
      return rows[0]
    },
    run: (sql, ...values) =>
      inClientSpan(summary(sql), describe(namespace, sql), async () => {
        const prepared: Prepared = await handle.prepare(sql)
        return prepared.run(...values).changes
      }),
  }
}

/** Attributes of a database span. Without a statement: those of a connection. */
export function describe(namespace: string, sql?: string): Attributes {
  const stable: Attributes = { 'db.system.name': 'sqlite', 'db.namespace': namespace }
  const old: Attributes = { 'db.system': 'sqlite', 'db.name': namespace }
  if (sql !== undefined) {
    const { operation, table } = parts(sql)
    Object.assign(stable, {
      'db.query.text': sql,
      'db.query.summary': summary(sql),
      'db.operation.name': operation,
      'db.collection.name': table,
    })
    Object.assign(old, { 'db.statement': sql, 'db.operation': operation, 'db.sql.table': table })
  }
  return inGenerations('database', stable, old)
}

/** The span name of a statement: its operation and table (db.query.summary). */
export function summary(sql: string): string {
  const { operation, table } = parts(sql)
  return table ? `${operation} ${table}` : operation
}

// Works for the shop's own statements, which name one table each.
function parts(sql: string): { operation: string; table: string | undefined } {
  const operation = /^\w+/.exec(sql)?.[0] ?? sql
  const table = /\b(?:FROM|INTO|UPDATE|TABLE)\s+(\w+)/.exec(sql)?.[1]
  return { operation, table }
}

// The library adds the call's duration to each row.
function withoutMetadata({ _metadata, ...row }: Record<string, unknown>): Record<string, unknown> {
  return row
}
