/** ClickHouse's HTTP interface in front of the embedded engine, so that the built binary asks it as it asks a server; for the tests in this folder. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Session } from 'chdb'

export interface Front {
  url: string
  /** Statements that were asked, the last one last. */
  asked: string[]
  stop(): void
}

/**
 * Answers on a free loopback port.
 * @param denied tables of `system` that nobody may read, as on a server with `select_from_system_db_requires_grant`, which the
 *   engine in process does not know; what an engine's own grants deny needs no word here
 */
export async function serve(session: Session, denied: string[] = []): Promise<Front> {
  const asked: string[] = []
  const server = createServer(async (request, response) => {
    const sql = await text(request)
    asked.push(sql)
    const { searchParams } = new URL(request.url!, 'http://engine')
    const given = [...searchParams].filter(([name]) => name.startsWith('param_'))
    const params = Object.fromEntries(given.map(([name, value]) => [name.slice(6), value]))
    try {
      const table = denied.find((name) => sql.includes(`system.${name}`))
      if (table) throw new Error(denial(table))
      response.end((await session.queryBindAsync(sql, params)).text())
    } catch (error) {
      // What an engine in process had written of a failed answer stands before the next one.
      session.query('SELECT 1')
      const message = (error as Error).message.replace(/^Query failed: /, '')
      const code = /^Code: (\d+)/.exec(message)?.[1] ?? '1002'
      response.writeHead(500, { 'X-ClickHouse-Exception-Code': code }).end(message)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.address() as AddressInfo
  const stop = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${port}`, asked, stop }
}

/** What a server says. */
function denial(table: string): string {
  return `Code: 497. DB::Exception: default: Not enough privileges. To execute this query, it's necessary to have the grant SELECT(database) ON system.${table}. (ACCESS_DENIED)`
}
