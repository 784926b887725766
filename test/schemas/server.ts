/** ClickHouse's HTTP interface over an engine, with nothing before it that judges statements; for tests of what a server of others lets pass. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { Session } from 'chdb'

export interface Server {
  /** With a trailing slash. */
  url: string
  stop(): Promise<void>
}

/** The parameters of ClickHouse's HTTP interface that are no settings: https://clickhouse.com/docs/interfaces/http */
const NO_SETTING = new Set(['query', 'query_id', 'wait_end_of_query', 'database'])

/**
 * Serves the store in a folder.
 * @param profiles statements that a user's connection begins with, by the user's name: what a settings profile does
 */
export async function serve(
  folder: string,
  profiles: Record<string, string[]> = {},
): Promise<Server> {
  const server = createServer(async (request, response) => {
    const session = new Session(folder)
    try {
      for (const statement of profiles[userOf(request)] ?? []) session.query(statement)
      const given = await parametersOf(request)
      const database = given.get('database')
      if (database) session.query(`USE ${database}`)
      const settings = [...given].filter(([name]) => !NO_SETTING.has(name))
      if (settings.length > 0) session.query(`SET ${settings.map(setting).join(', ')}`)
      response.end(session.query(given.get('query') ?? '', 'TabSeparated'))
    } catch (error) {
      const { message } = error as Error
      response.statusCode = 500
      response.setHeader('X-ClickHouse-Exception-Code', /Code: (\d+)/.exec(message)?.[1] ?? '0')
      response.end(message.slice(Math.max(message.indexOf('Code:'), 0)))
    } finally {
      session.close()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** Of the address and, as a form, of the body; else the statement is the body. */
async function parametersOf(request: IncomingMessage): Promise<Map<string, string>> {
  const { searchParams } = new URL(request.url ?? '', 'http://server')
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

/** Parameters of a statement are settings whose names begin with `param_`. */
function setting([name, value]: [string, string]): string {
  return `${name} = '${value.replaceAll(/[\\']/g, '\\$&')}'`
}
