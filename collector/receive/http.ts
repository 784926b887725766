/** OTLP over HTTP: POST /v1/traces, /v1/logs, /v1/metrics. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { BodyError } from '../http/body-error.ts'
import { type Access, allowsOrigin, forbidSniffing, refusal } from '../http/browser-guard.ts'
import { decompressed } from '../http/decompress.ts'
import { knowsPassword } from '../http/password.ts'
import { RetryLaterError } from '../ingest/admission.ts'
import { TooLargeError } from '../otlp/limits.ts'
import { SIGNALS, type Signal } from '../otlp/proto.ts'
import { MalformedRequestError } from '../otlp/scan.ts'
import { WireWriter } from '../otlp/wire.ts'
import type { Receive } from './accept.ts'
import { BODY_LIMIT, budget } from './memory.ts'
import type { Refusals } from './refusals.ts'

/** Values of google.rpc.Code. */
const INVALID_ARGUMENT = 3
const RESOURCE_EXHAUSTED = 8
const INTERNAL = 13
const UNAVAILABLE = 14

const PROTOBUF = 'application/x-protobuf'

/** Characters of an unknown path that are shown. */
const LONGEST_PATH = 60

interface Failure {
  status: number
  code: number
  message: string
  retryAfter?: number
}

/** A request that is refused before its body is read. */
class RefusedError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message)
  }
}

/** An OTLP/HTTP server that is not listening yet. */
export function otlpHttpServer(receive: Receive, access: Access, refused: Refusals): Server {
  const { origins } = access
  const server = createServer((request, response) => {
    forbidSniffing(response)
    const origin = request.headers.origin
    if (origin !== undefined && allowsOrigin(origin, origins)) {
      response.setHeader('Access-Control-Allow-Origin', origin)
      response.setHeader('Vary', 'Origin')
    }
    answer(request, response, receive, access).catch((error) =>
      refuse(request, response, failureOf(error), refused),
    )
  })
  // SDKs export every 5 s, Node's own limit: a connection would close as the next request is sent.
  server.keepAliveTimeout = 75_000
  server.headersTimeout = 15_000
  server.requestTimeout = 60_000
  return server
}

/**
 * Refuses OTLP at the port of ClickHouse's interface, where it would be read as a statement.
 * @param address of OTLP over HTTP
 * @returns whether the request is one
 */
export function refuseOtlp(
  request: IncomingMessage,
  response: ServerResponse,
  address: string,
  refused: Refusals,
): boolean {
  const isOtlp = signalOf(request) !== undefined || mediaType(request) === PROTOBUF
  if (request.method !== 'POST' || !isOtlp) return false
  const message = `this is the port of ClickHouse's interface: send OTLP to port ${new URL(address).port}`
  refuse(request, response, { status: 400, code: INVALID_ARGUMENT, message }, refused)
  return true
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  failure: Failure,
  refused: Refusals,
): void {
  fail(response, isJson(request), failure)
  // Only what is sent can be lost: others look whether a port answers.
  if (request.method !== 'POST') return
  const { 'user-agent': agent } = request.headers
  const sender = { address: request.socket.remoteAddress, agent }
  refused.add(`HTTP ${failure.status}`, sender, failure.message)
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  receive: Receive,
  access: Access,
): Promise<void> {
  const json = isJson(request)
  const refused = refusal(request, access)
  if (refused) throw new RefusedError({ status: 403, code: 7, message: refused })
  const signal = signalOf(request)
  if (!signal) {
    const message = `unknown path: ${pathOf(request).slice(0, LONGEST_PATH)}, use /v1/traces, /v1/logs or /v1/metrics`
    throw new RefusedError({ status: 404, code: 5, message })
  }
  if (request.method === 'OPTIONS') return preflight(request, response)
  if (request.method !== 'POST') {
    response.setHeader('Allow', 'POST')
    throw new RefusedError({ status: 405, code: 12, message: 'OTLP requests are POSTed' })
  }
  if (!json && mediaType(request) !== PROTOBUF) {
    throw new BodyError(415, 'Content-Type must be application/x-protobuf or application/json')
  }
  if (!knowsPassword(access.password, request.headers)) {
    response.setHeader('WWW-Authenticate', 'Basic')
    throw new RefusedError({
      status: 401,
      code: 16,
      message: 'this collector asks for a password',
    })
  }
  const { 'content-length': length, 'content-encoding': encoding } = request.headers
  await budget.read(
    request,
    BODY_LIMIT,
    Number(length ?? 0),
    (body, use) => decompressed(body, encoding, BODY_LIMIT, use),
    (request) => receive({ signal, request, isJson: json }),
  )
  response.writeHead(200, { 'Content-Type': json ? 'application/json' : PROTOBUF })
  response.end(json ? '{}' : undefined)
}

function failureOf(error: unknown): Failure {
  if (error instanceof RefusedError) return error.failure
  if (error instanceof MalformedRequestError) {
    return { status: 400, code: INVALID_ARGUMENT, message: error.message }
  }
  if (error instanceof TooLargeError) {
    return { status: 413, code: RESOURCE_EXHAUSTED, message: error.message }
  }
  if (error instanceof BodyError) {
    if (error.status === 503) {
      return { status: 503, code: UNAVAILABLE, message: error.message, retryAfter: 1 }
    }
    const code = error.status === 413 ? RESOURCE_EXHAUSTED : INVALID_ARGUMENT
    return { status: error.status, code, message: error.message }
  }
  if (error instanceof RetryLaterError) {
    return { status: 503, code: UNAVAILABLE, message: error.message, retryAfter: error.retryAfter }
  }
  return { status: 500, code: INTERNAL, message: `the request could not be stored: ${error}` }
}

/** A google.rpc.Status in the request's own encoding. */
function fail(response: ServerResponse, json: boolean, failure: Failure): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  if (failure.retryAfter !== undefined) response.setHeader('Retry-After', failure.retryAfter)
  response.writeHead(failure.status, {
    'Content-Type': json ? 'application/json' : PROTOBUF,
  })
  if (json) {
    response.end(JSON.stringify({ code: failure.code, message: failure.message }))
  } else {
    const status = new WireWriter()
    status.varint(1, failure.code)
    status.string(2, failure.message)
    response.end(status.bytes())
  }
}

function preflight(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(204, {
    'Access-Control-Allow-Methods': 'POST',
    'Access-Control-Allow-Headers':
      request.headers['access-control-request-headers'] ?? 'content-type, content-encoding',
    'Access-Control-Max-Age': '7200',
  })
  response.end()
}

function signalOf(request: IncomingMessage): Signal | undefined {
  return SIGNALS.find((signal) => pathOf(request) === `/v1/${signal}`)
}

/** Without the slashes that come of an endpoint that ends in one: `//v1/traces`, `/v1/traces/`. */
function pathOf(request: IncomingMessage): string {
  const path = (request.url ?? '').replace(/\?.*$/, '')
  return path.replace(/^\/\/+/, '/').replace(/(?<=[^/])\/$/, '')
}

function isJson(request: IncomingMessage): boolean {
  return mediaType(request) === 'application/json'
}

function mediaType(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').replace(/;.*$/, '').trim().toLowerCase()
}
