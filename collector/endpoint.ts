/** Enough of ClickHouse's HTTP interface for an unmodified @clickhouse/client, read-only, over one store; for main.ts. */

import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { readBody } from './body.ts'
import { exceptionOf } from './exception.ts'
import { execute, type Running } from './execute.ts'
import { type Access, forbidSniffing, refusal } from './guard.ts'
import { knowsPassword } from './password.ts'
import { parseQuestion } from './question.ts'
import { badRequest, RefusedStatementError } from './refused.ts'
import type { RetentionLimits } from './retention.ts'
import type { Store } from './store.ts'

/** A statement of this size is a mistake; parameters may be long lists. */
const BODY_LIMIT = 16 * 2 ** 20

/** Where the collector tells how it is, beside what ClickHouse answers. */
export const STATUS_PATH = '/otrace/status'

/**
 * The server, not listening yet.
 * @param status what is answered at STATUS_PATH, as JSON
 * @param retention under which old days go, told with every answer as `X-Otrace-Retention`; undefined where none go
 */
export function endpointServer(
  store: Store,
  access: Access,
  status: () => unknown,
  retention?: RetentionLimits,
): Server {
  const running = new Map<string, Running>()
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      if (response.headersSent) response.destroy()
      else fail(response, error)
    })
  })
  server.keepAliveTimeout = 10_000
  server.headersTimeout = 15_000
  server.requestTimeout = 60_000
  return server

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    forbidSniffing(response)
    response.setHeader('X-ClickHouse-Server-Display-Name', 'otrace')
    response.setHeader('X-ClickHouse-Timezone', 'UTC')
    response.setHeader('Keep-Alive', 'timeout=10')
    const refused = refusal(request, access)
    if (refused) throw new RefusedStatementError(refused)
    const target = `http://localhost${request.url}`
    if (!URL.canParse(target)) throw badRequest('the address of the request is not one')
    const url = new URL(target)
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (
      isRead &&
      url.pathname !== STATUS_PATH &&
      (url.pathname === '/ping' || !url.searchParams.has('query'))
    ) {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=UTF-8' })
      response.end('Ok.\n')
      return
    }
    if (!isRead && request.method !== 'POST') {
      response.writeHead(405, { Allow: 'GET, HEAD, POST' })
      response.end()
      return
    }
    if (!knowsPassword(access.password, request.headers, url)) {
      response.setHeader('WWW-Authenticate', 'Basic')
      throw new RefusedStatementError(
        'Authentication failed: password is incorrect',
        516,
        'AUTHENTICATION_FAILED',
      )
    }
    if (isRead && url.pathname === STATUS_PATH) {
      response.writeHead(200, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify(status()))
      return
    }
    const question = await parseQuestion(url, request.headers, await readBody(request, BODY_LIMIT))
    const id = question.id ?? randomUUID()
    response.setHeader('X-ClickHouse-Query-Id', id)
    if (retention) response.setHeader('X-Otrace-Retention', JSON.stringify(retention))
    await execute(store, running, id, question, response)
  }
}

/** ClickHouse's own way to say no: its text, its code in a header, its choice of status. */
function fail(response: ServerResponse, error: unknown): void {
  const { status, code, text } = exceptionOf(error)
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=UTF-8',
    ...(code === 0 ? {} : { 'X-ClickHouse-Exception-Code': code }),
  })
  response.end(text)
}
