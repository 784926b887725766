/** ClickHouse's HTTP interface over the engine in process, without statement checks. */
import { createServer, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { Session } from 'chdb'
import { QUICK } from '../../collector/engine/engine.ts'
import { listening } from '../listening.ts'

export interface Front {
  url: string
  /** Statements so far, in order. */
  asked: string[]
  stop(): void
}

export interface FrontOptions {
  /** Settings profiles by user: the first statements of each connection. */
  profiles?: Record<string, string[]>
  /**
   * Unreadable tables of `system`, as with `select_from_system_db_requires_grant`, which the engine in process
   * lacks. The engine enforces its own grants.
   */
  denied?: string[]
  /** The readable tables of `system`, where only some are. */
  granted?: string[]
  /** Drops all settings, as a proxy may. */
  deaf?: boolean
  /** Settings that a profile's constraints forbid. */
  fixed?: string[]
  /** The greatest values of settings that a profile's constraints allow. */
  most?: Record<string, number>
  /** Users who may run one statement at a time: `max_concurrent_queries_for_user`. */
  alone?: string[]
}

/** Parameters that are not settings: https://clickhouse.com/docs/interfaces/http */
const NO_SETTING = new Set(['query', 'query_id', 'wait_end_of_query', 'database'])

/**
 * Listens on a free loopback port.
 * @param store the folder of a started engine
 */
export async function serve(
  store: string,
  {
    profiles = {},
    denied = [],
    granted,
    deaf = false,
    fixed = [],
    most = {},
    alone = [],
  }: FrontOptions = {},
): Promise<Front> {
  const asked: string[] = []
  const running = new Set<string>()
  const server = createServer(async (request, response) => {
    const session = new Session(`${store}/store`)
    const user = userOf(request)
    const isLate = alone.includes(user) && running.has(user)
    try {
      if (isLate) throw new Error(tooMany(user))
      running.add(user)
      session.query(`SET ${QUICK}`)
      for (const statement of profiles[user] ?? []) session.query(statement)
      const given = await parametersOf(request)
      const sql = given.get('query') ?? ''
      asked.push(sql)
      const read = [...sql.matchAll(/(?:FROM|JOIN|,)\s+system\.(\w+)/g)].map(([, name]) => name!)
      const table = read.find((name) => granted?.includes(name) === false || denied.includes(name))
      if (table) throw new Error(denial(table))
      const database = given.get('database')
      if (database) session.query(`USE ${database}`)
      const isMore = (name: string) => Number(given.get(name) ?? 0) > most[name]!
      const refused =
        fixed.find((name) => given.has(name)) ?? Object.keys(most).find((name) => isMore(name))
      if (refused) throw new Error(constraint(refused))
      const settings = [...given].filter(
        ([name]) => !NO_SETTING.has(name) && (!deaf || name.startsWith('param_')),
      )
      if (settings.length > 0) session.query(`SET ${settings.map(setting).join(', ')}`)
      const result = await session.queryAsync(sql, { format: 'TabSeparated' })
      response.end(result.bytes())
    } catch (error) {
      const { message } = error as Error
      const code = /Code: (\d+)/.exec(message)?.[1] ?? '1002'
      response.writeHead(500, { 'X-ClickHouse-Exception-Code': code })
      response.end(message.slice(Math.max(message.indexOf('Code:'), 0)))
    } finally {
      session.close()
      if (!isLate) running.delete(user)
    }
  })
  return { ...(await listening(server)), asked }
}

/** Parameters of the URL and of a form body. Any other body is the statement. */
async function parametersOf(request: IncomingMessage): Promise<Map<string, string>> {
  const { searchParams } = new URL(request.url ?? '', 'http://engine')
  const given = new Map(searchParams)
  const type = request.headers['content-type'] ?? ''
  const body = new Response(await buffer(request), { headers: { 'content-type': type } })
  if (!type.startsWith('multipart/')) {
    return given.set('query', `${given.get('query') ?? ''}\n${await body.text()}`)
  }
  for (const [name, value] of await body.formData()) given.set(name, String(value))
  return given
}

function userOf({ headers }: IncomingMessage): string {
  const [, code = ''] = (headers.authorization ?? '').split(' ')
  return Buffer.from(code, 'base64').toString().split(':')[0] ?? ''
}

/** A statement's parameters are settings named `param_…`. */
function setting([name, value]: [string, string]): string {
  return `${name} = '${value.replaceAll(/[\\']/g, '\\$&')}'`
}

function constraint(name: string): string {
  return `Code: 452. DB::Exception: Setting ${name} should not be changed. (SETTING_CONSTRAINT_VIOLATION)`
}

function tooMany(user: string): string {
  return `Code: 202. DB::Exception: Too many simultaneous queries for user ${user}. Current: 1, maximum: 1. (TOO_MANY_SIMULTANEOUS_QUERIES)`
}

/** What a server says. */
function denial(table: string): string {
  return `Code: 497. DB::Exception: default: Not enough privileges. To execute this query, it's necessary to have the grant SELECT(database) ON system.${table}. (ACCESS_DENIED)`
}
