/** ClickHouse in process, not in UTC, with the spans under every schema. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Session } from 'chdb'
import { toJson } from '../../cli/output/output.ts'
import type { BoundQuery } from '../../cli/query/compose/bound-query.ts'
import type { Cell, Row } from '../../cli/result.ts'
import type { Store } from '../../cli/store/client.ts'
import { rowReader } from '../../cli/store/decode.ts'
import { DEFAULT_LIMITS, limitsFor } from '../../cli/store/limits.ts'
import { QUICK } from '../../collector/engine/engine.ts'
import { schemas } from './rows.ts'
import type { Span } from './spans.ts'

/** Far from UTC, and with a summer time of half an hour. */
const ZONE = 'Australia/Lord_Howe'

/** A cluster with the engine as its only shard. */
const CLUSTER = 'alone'
/** The engine in process listens nowhere: a replica with its own port is itself. */
const OWN_PORT = 9

/** A cluster whose only server is down. */
export const GONE = 'gone'

/**
 * Starts the engine, which reads TZ once at its start.
 * @param grants privileges of the only user, as in `GRANT <grants>`; all by default
 */
export async function startEngine(folder: string, grants?: string): Promise<Session> {
  process.env.TZ = ZONE
  const { Session } = await import('chdb')
  const config = join(folder, 'config.xml')
  const shard = (port: number) =>
    `<shard><replica><host>127.0.0.1</host><port>${port}</port></replica></shard>`
  writeFileSync(
    config,
    `<clickhouse><tcp_port>${OWN_PORT}</tcp_port><listen_host>127.0.0.1</listen_host>
    <remote_servers><${CLUSTER}>${shard(OWN_PORT)}</${CLUSTER}>
    <${GONE}>${shard(1)}</${GONE}></remote_servers>
    ${grants === undefined ? '' : usersFile(folder, grants)}</clickhouse>`,
  )
  return new Session(join(folder, 'store'), { connectionArgs: [`--config-file=${config}`] })
}

/** Writes the user's grants to a file. @returns the configuration element with its path */
function usersFile(folder: string, grants: string): string {
  const users = join(folder, 'users.xml')
  const granted = `<grants><query>GRANT ${grants}</query></grants>`
  writeFileSync(
    users,
    `<clickhouse><profiles><default/></profiles><quotas><default/></quotas><users><default><password/>
    <networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>${granted}</default></users></clickhouse>`,
  )
  return `<user_directories><users_xml><path>${users}</path></users_xml></user_directories>`
}

/** Creates a Distributed table over a schema's table, in the same database. @returns its name */
export function distribute(session: Session, schema: string): string {
  const database = databaseOf(schema)
  const { table } = schemas[schema]!
  session.query(
    `CREATE OR REPLACE TABLE ${database}.distributed_${table} AS ${database}.${table} ENGINE = Distributed('${CLUSTER}', '${database}', '${table}', rand())`,
  )
  return `distributed_${table}`
}

/** The database of a schema: its name with `_`. */
export const databaseOf = (schema: string) => schema.replaceAll('-', '_')

function ddlOf(schema: string): string[] {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
  if (schema !== 'otrace') return [read(`tables/${schema}.sql`)]
  return ['otel_traces', 'additions_to_traces'].map((name) =>
    read(`../../collector/schema/${name}.sql`).replaceAll('otel.otel_traces', 'otel_traces'),
  )
}

/** Creates a schema's database and table from its DDL in `tables/`, optionally changed, and fills it. */
export function store(
  session: Session,
  schema: string,
  spans: Span[],
  change = (ddl: string) => ddl,
): void {
  const { table, row } = schemas[schema]!
  session.query(`DROP DATABASE IF EXISTS ${databaseOf(schema)} SYNC`)
  session.query(`CREATE DATABASE ${databaseOf(schema)}`)
  session.query(`USE ${databaseOf(schema)}`)
  for (const ddl of ddlOf(schema)) session.query(change(ddl))
  const rows = spans.map((span) => toJson(row(span) as Cell)).join('\n')
  session.query(`INSERT INTO ${table} FORMAT JSONEachRow\n${rows}`)
}

/** The rows of a statement, with the CLI's settings and parsing. */
export async function ask(session: Session, statement: BoundQuery): Promise<Row[]> {
  const format = 'JSONCompactEachRowWithNamesAndTypes'
  const settings = Object.entries({ ...limitsFor(DEFAULT_LIMITS)[0], ...statement.settings })
  const given = settings.map(([name, value]) => `${name} = '${value}'`)
  const sql = `${statement.sql}\nSETTINGS ${[...given, QUICK].join(', ')}`
  // Over HTTP all numbers are text.
  const params = Object.entries(statement.params).map(([name, value]) => [
    name,
    typeof value === 'number' ? String(value) : value,
  ])
  const result = await session.queryBindAsync(sql, Object.fromEntries(params), { format })
  const [names = '[]', types = '[]', ...lines] = result.text().trimEnd().split('\n')
  const kinds = JSON.parse(types) as string[]
  const columns = (JSON.parse(names) as string[]).map((name, i) => ({ name, type: kinds[i]! }))
  return lines.map(rowReader(columns))
}

/** The engine as the CLI's store. */
export function asStore(session: Session): Store {
  return {
    place: 'the engine',
    local: false,
    database: undefined,
    ask: async (statement) => {
      const rows = await ask(session, statement)
      return { columns: [], batches: Readable.from([rows]) }
    },
    askBytes: () => Promise.reject(new Error('the engine is asked for rows alone')),
    collector: async () => undefined,
    stored: async () => undefined,
    ownLimits: () => false,
    close: async () => {},
  }
}
