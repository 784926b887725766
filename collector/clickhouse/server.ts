/** A read-only subset of ClickHouse's HTTP interface, enough for its own clients. */

import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Engine } from '../engine/engine.ts'
import { pathsHidden } from '../engine/paths.ts'
import type { RetentionLimits } from '../engine/retention.ts'
import { BodyBudget } from '../http/body.ts'
import { type Access, forbidSniffing, refusal } from '../http/browser-guard.ts'
import { decompressed } from '../http/decompress.ts'
import { knowsLogin } from '../http/password.ts'
import { answersFolder } from './answer-file.ts'
import { badRequest, RefusedStatementError } from './errors.ts'
import { exceptionOf } from './exception.ts'
import { execute, refuseGone } from './execute.ts'
import { compressedFrames } from './native/compressed.ts'
import { parseRequest, wantsCompression } from './request.ts'
import { Running } from './running.ts'
import { Sessions } from './sessions.ts'
import { MOST_MEMORY, MOST_SECONDS } from './settings.ts'

/** Parameters may be long lists; a longer statement is a mistake. */
const BODY_LIMIT = 16 * 2 ** 20
/** Of the address with its parameters, and the headers: as long as a statement may be. ClickHouse takes 1 MiB. */
const HEAD_LIMIT = 2 ** 18
/** Bytes of the bodies of all statements together. */
const BODIES_LIMIT = 128 * 2 ** 20

/** Paths of the collector's own, besides ClickHouse's. */
const STATUS_PATH = '/otrace/status'
const STORED_PATH = '/otrace/stored'
const OWN_PATHS = [STATUS_PATH, STORED_PATH]
const HEALTH = /^\/+(?:ping|replicas_status)?$/
/** A server's own, which this endpoint lacks. */
const PAGES = /^\/(?:play|dashboard|binary|merges|metrics|js\/.*)$/
const TEXT = { 'Content-Type': 'text/plain; charset=UTF-8' }
/** How long a request for what was stored waits for more. */
const STORED_MS = 2000

/** What the collector says of itself, as JSON. */
export interface Counters {
  /** At /otrace/status. */
  status(): Promise<object>
  /**
   * Rows of a signal stored since the start, once they are not `seen`, or when `end` is aborted: at
   * /otrace/stored?signal=traces&seen=0. Undefined for a signal that there is not.
   */
  stored(signal: string, seen: number | undefined, end: AbortSignal): Promise<number> | undefined
}

/**
 * Creates the server. It does not listen yet.
 * @param retention sent with every answer as `X-Otrace-Retention`; undefined without retention
 * @param answersOther answers a request that another port should have got, and returns whether it did
 */
export function endpointServer(
  engine: Engine,
  access: Access,
  counters: Counters,
  retention?: RetentionLimits,
  answersOther = (_request: IncomingMessage, _response: ServerResponse) => false,
): Server {
  const running = new Running(engine)
  const sessions = new Sessions()
  // A statement holds its parameters as long as it runs.
  const bodies = new BodyBudget(BODIES_LIMIT)
  const folder = answersFolder(engine.directory)
  const hide = pathsHidden(engine.directory)
  const server = createServer({ maxHeaderSize: HEAD_LIMIT }, (request, response) => {
    if (answersOther(request, response)) return
    answer(request, response).catch((error) => {
      if (response.headersSent) response.destroy()
      else fail(request, response, error)
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
    const hasQuery = url.searchParams.has('query')
    if (isRead && !OWN_PATHS.includes(url.pathname)) {
      if (HEALTH.test(url.pathname) && (url.pathname === '/ping' || !hasQuery)) {
        response.writeHead(200, { 'Content-Type': 'text/html; charset=UTF-8' })
        response.end('Ok.\n')
        return
      }
      if (!hasQuery || PAGES.test(url.pathname)) {
        response.writeHead(404, TEXT)
        response.end(`There is no handle ${url.pathname}\n\nUse / or /ping for health checks.\n`)
        return
      }
    }
    if (!isRead && request.method !== 'POST') {
      response.writeHead(405, { ...TEXT, Allow: 'GET, HEAD, POST' })
      response.end(
        `${request.method} is not allowed here\n\nSend statements by POST, or by GET as /?query=\n`,
      )
      return
    }
    if (!knowsLogin(access.password, request.headers, url)) {
      response.setHeader('WWW-Authenticate', 'Basic')
      throw new RefusedStatementError(
        'Authentication failed: password is incorrect, or there is no user with such name',
        516,
        'AUTHENTICATION_FAILED',
      )
    }
    if (isRead && url.pathname === STATUS_PATH) {
      sendJson(response, { ...(await counters.status()), overdue: running.overdue() })
      return
    }
    if (isRead && url.pathname === STORED_PATH) {
      const end = new AbortController()
      const timer = setTimeout(() => end.abort(), STORED_MS)
      response.once('close', () => end.abort())
      const { signal = '', seen } = Object.fromEntries(url.searchParams)
      const stored = await counters.stored(signal, seen ? Number(seen) : undefined, end.signal)
      clearTimeout(timer)
      if (stored === undefined) throw badRequest(`unknown signal: ${signal}`)
      sendJson(response, { stored })
      return
    }
    const { 'content-length': length, 'content-encoding': encoding } = request.headers
    await bodies.read(
      request,
      BODY_LIMIT,
      Number(length ?? 0),
      // Copied, so that a statement that runs does not keep others from decompressing.
      async (body, use) =>
        use(await decompressed(body, encoding, BODY_LIMIT, async (whole) => Buffer.from(whole))),
      (body) => run(url, request, body, response),
    )
  }

  function sendJson(response: ServerResponse, value: object): void {
    response.writeHead(200, { 'Content-Type': 'application/json' })
    response.end(hide(JSON.stringify(value)))
  }

  async function run(
    url: URL,
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
  ): Promise<void> {
    refuseGone(engine)
    const query = await parseRequest(url, request.headers, body)
    const id = query.id ?? randomUUID()
    response.setHeader('X-ClickHouse-Query-Id', id)
    response.setHeader('X-Otrace-Memory', MOST_MEMORY)
    response.setHeader('X-Otrace-Seconds', MOST_SECONDS)
    if (retention) response.setHeader('X-Otrace-Retention', JSON.stringify(retention))
    const leave = sessions.enter(url.searchParams)
    try {
      await execute(engine, running, folder, id, query, response)
    } finally {
      leave()
    }
  }
}

/** An error as ClickHouse sends it: text, code in a header, and status; in frames for `compress=1`. */
function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const { status, code, text } = exceptionOf(error)
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=UTF-8',
    ...(code === 0 ? {} : { 'X-ClickHouse-Exception-Code': code }),
  })
  const target = `http://localhost${request.url}`
  const framed = URL.canParse(target) && wantsCompression(new URL(target))
  response.end(framed ? compressedFrames(Buffer.from(text)) : text)
}
