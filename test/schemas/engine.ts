/** A ClickHouse in process whose server zone is not UTC, with the spans stored under every schema; for the tests in this folder. */
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Session } from 'chdb'
import { toJson } from '../../cli/output.ts'
import type { Statement } from '../../cli/query/compose.ts'
import type { Cell, Row } from '../../cli/render/renderer.ts'
import { DEFAULT_LIMITS, limitsFor } from '../../cli/store/limits.ts'
import type { Store } from '../../cli/store/store.ts'
import { rowReader } from '../../cli/store/values.ts'
import { schemas } from './rows.ts'
import type { Span } from './spans.ts'

/** Far from UTC, and with a summer time of half an hour. */
const ZONE = 'Australia/Lord_Howe'

/** The cluster that the engine is the only shard of. */
const CLUSTER = 'alone'

/** A cluster whose one server does not run. */
export const GONE = 'gone'

/**
 * The engine reads TZ once, while it starts.
 * @param grants what the one user may do, as in `GRANT <this>`; everything unless given
 */
export async function startEngine(folder: string, grants?: string): Promise<Session> {
  process.env.TZ = ZONE
  const { Session } = await import('chdb')
  const port = await freePort()
  const config = join(folder, 'config.xml')
  const shard = `<shard><replica><host>127.0.0.1</host><port>${port}</port></replica></shard>`
  writeFileSync(
    config,
    `<clickhouse><tcp_port>${port}</tcp_port><listen_host>127.0.0.1</listen_host>
    <remote_servers><${CLUSTER}>${shard}</${CLUSTER}>
    <${GONE}>${shard.replace(String(port), '1')}</${GONE}></remote_servers>
    ${grants === undefined ? '' : usersFile(folder, grants)}</clickhouse>`,
  )
  return new Session(join(folder, 'store'), { connectionArgs: [`--config-file=${config}`] })
}

/** Writes the one user's rights, and gives what names the file. */
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

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** Puts a Distributed table in front of a schema's table, in the same database, and gives its name. */
export function distribute(session: Session, schema: string): string {
  const database = databaseOf(schema)
  const { table } = schemas[schema]!
  session.query(
    `CREATE TABLE ${database}.distributed_${table} AS ${database}.${table} ENGINE = Distributed('${CLUSTER}', '${database}', '${table}', rand())`,
  )
  return `distributed_${table}`
}

/** The database of a schema: its name with `_`. */
export const databaseOf = (schema: string) => schema.replaceAll('-', '_')

/** Creates a schema's table by its DDL in `tables/`, changed or not, and fills it. */
export function store(
  session: Session,
  schema: string,
  spans: Span[],
  change = (ddl: string) => ddl,
): void {
  const { table, row } = schemas[schema]!
  const ddl = readFileSync(new URL(`tables/${schema}.sql`, import.meta.url), 'utf8')
  session.query(`CREATE DATABASE ${databaseOf(schema)}`)
  session.query(`USE ${databaseOf(schema)}`)
  session.query(change(ddl))
  const rows = spans.map((span) => toJson(row(span) as Cell)).join('\n')
  session.query(`INSERT INTO ${table} FORMAT JSONEachRow\n${rows}`)
}

/** The rows of a statement, asked with the settings that the CLI sends and read as it reads them. */
export async function ask(session: Session, statement: Statement): Promise<Row[]> {
  const format = 'JSONCompactEachRowWithNamesAndTypes'
  const settings = Object.entries({ ...limitsFor(DEFAULT_LIMITS)[0], ...statement.settings })
  const sql = `${statement.sql}\nSETTINGS ${settings.map(([name, value]) => `${name} = '${value}'`).join(', ')}`
  // Over HTTP numbers are text, whatever their size.
  const params = Object.entries(statement.params).map(([name, value]) => [
    name,
    typeof value === 'number' ? String(value) : value,
  ])
  const answer = await session.queryBindAsync(sql, Object.fromEntries(params), { format })
  const [names = '[]', types = '[]', ...lines] = answer.text().trimEnd().split('\n')
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
      return { columns: [], rows: Readable.from(rows), batches: Readable.from([rows]) }
    },
    ownLimits: () => false,
    close: async () => {},
  }
}
