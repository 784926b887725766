/** OTLP over gRPC: the three Export services. */
import {
  constants,
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Socket } from 'node:net'
import { type Connections, TOO_MANY } from '../http/connections.ts'
import { decompressed, ENCODINGS } from '../http/decompress.ts'
import { listen } from '../http/listen.ts'
import { knowsPassword } from '../http/password.ts'
import type { Tls } from '../http/tls.ts'
import type { Signal } from '../otlp/proto.ts'
import type { Receive } from './accept.ts'
import { FRAMES, watchFrames } from './frames.ts'
import { CODES, retryStatus, StatusError, statusOf } from './grpc-status.ts'
import { BODY_LIMIT, budget } from './memory.ts'
import type { Refusals } from './refusals.ts'
import { reportTls } from './unreadable.ts'

const SERVICES = new Map<string, Signal>([
  ['/opentelemetry.proto.collector.trace.v1.TraceService/Export', 'traces'],
  ['/opentelemetry.proto.collector.logs.v1.LogsService/Export', 'logs'],
  ['/opentelemetry.proto.collector.metrics.v1.MetricsService/Export', 'metrics'],
])

/**
 * A flag, whether the message is compressed, and its size
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
 */
const PREFIX_BYTES = 5
const EMPTY_MESSAGE = Buffer.alloc(PREFIX_BYTES)
const ACCEPTED = ['identity', ...ENCODINGS].join(',')
/** A stream that is silent for longer is closed. */
const SILENT_MS = 60_000
const WINDOW_BYTES = 2 ** 20
/** Of one connection at a time; a client waits with more. */
const STREAMS = 128
/** Node's words for a connection that does not begin as HTTP/2. */
const BAD_MAGIC = 'bad client magic'
const OTHER_PROTOCOL =
  'not gRPC: OTLP over HTTP has a port of its own, 4318 by default, and TLS needs --tls-cert'

export interface GrpcReceiver {
  /** Such as `http://127.0.0.1:4317`. */
  address: string
  stop(): Promise<void>
}

/**
 * Listens; without TLS, HTTP/2 begins at once (prior knowledge).
 * @param port 0 for any free one.
 * @throws PortInUseError
 */
export async function startGrpc(
  receive: Receive,
  port: number,
  host: string,
  password: string | undefined,
  refused: Refusals,
  connections: Connections,
  tls?: Tls,
): Promise<GrpcReceiver> {
  const sessions = new Set<ServerHttp2Session>()
  const settings = { initialWindowSize: WINDOW_BYTES, maxConcurrentStreams: STREAMS }
  const server = tls ? createSecureServer({ ...tls, settings }) : createServer({ settings })
  const frames = watchFrames((session) => {
    refused.add('flood', { address: session.socket.remoteAddress }, FRAMES)
    session.destroy()
  })
  server.on('session', (session) => {
    sessions.add(session)
    frames.add(session)
    connections.add(session, session.socket)
    const { remoteAddress: address } = session.socket
    session.on('error', ({ message }) => {
      if (message.includes(BAD_MAGIC)) refused.add('not HTTP/2', { address }, OTHER_PROTOCOL)
    })
    session.on('close', () => sessions.delete(session))
  })
  // HTTP/1.1 over TLS.
  server.on('unknownProtocol', (socket: Socket) => {
    refused.add('not HTTP/2', { address: socket.remoteAddress }, OTHER_PROTOCOL)
    socket.destroy()
  })
  reportTls(server, refused)
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined)
    stream.setTimeout(SILENT_MS, () => stream.close(constants.NGHTTP2_CANCEL))
    const { session } = stream
    // The session forgets it when it ends.
    const address = session?.socket.remoteAddress
    // Before an answer: later the client only says that it read it.
    stream.on('aborted', () => {
      if (session && !session.destroyed && connections.cancel(session, address)) session.destroy()
    })
    const isSurplus = connections.isSurplus(session)
    frames.count(session, stream)
    const answered = isSurplus ? refuse() : answer(stream, headers, receive, password)
    if (isSurplus) stream.on('close', () => session?.close())
    answered.then(
      () => succeed(stream),
      (error) => {
        const status = statusOf(error)
        fail(stream, status)
        const sender = { address, agent: headers['user-agent'] }
        refused.add(`gRPC ${status.code}`, sender, status.message)
      },
    )
  })
  const address = await listen(server, port, host, tls ? 'https' : 'http')
  return {
    address,
    stop: () =>
      new Promise((resolve) => {
        frames.stop()
        const late = setTimeout(() => {
          for (const session of sessions) session.destroy()
        }, 300)
        server.close(() => {
          clearTimeout(late)
          resolve()
        })
        for (const session of sessions) session.close()
      }),
  }
}

async function refuse(): Promise<void> {
  throw retryStatus(TOO_MANY, 1)
}

async function answer(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  receive: Receive,
  password: string | undefined,
): Promise<void> {
  const signal = SERVICES.get(headers[':path'] ?? '')
  if (!signal || !/^application\/grpc(\+proto)?$/.test(headers['content-type'] ?? ''))
    throw new StatusError(CODES.UNIMPLEMENTED, `unknown path: ${headers[':path']}`)
  if (!knowsPassword(password, headers))
    throw new StatusError(CODES.UNAUTHENTICATED, 'this collector asks for a password')
  await budget.read<void>(
    stream,
    BODY_LIMIT + PREFIX_BYTES,
    0,
    (body, use) => message(body, headers['grpc-encoding'], use),
    (request) => receive({ signal, request, isJson: false }),
  )
}

/** Passes on the one message of a call, decompressed. */
async function message(
  body: Buffer,
  encoding: string | string[] | undefined,
  use: (body: Buffer) => Promise<void>,
): Promise<void> {
  const size = PREFIX_BYTES + (body.length < PREFIX_BYTES ? 0 : body.readUInt32BE(1))
  if (body.length !== size) {
    const wrong =
      body.length === 0
        ? 'it has none'
        : body.length < size
          ? `it ends after ${body.length} of ${size} bytes`
          : `more follows after its ${size} bytes`
    throw new StatusError(CODES.INVALID_ARGUMENT, `a call has one message: ${wrong}`)
  }
  const flag = body[0]!
  const name = flag === 0 ? 'identity' : String(encoding ?? '')
  if (flag > 1)
    throw new StatusError(CODES.INTERNAL, `the flag of the message is ${flag}, not 0 or 1`)
  // https://github.com/grpc/grpc/blob/master/doc/compression.md
  if (flag === 1 && /^(?:identity)?$/.test(name))
    throw new StatusError(
      CODES.INTERNAL,
      'the message is compressed, but grpc-encoding does not say how',
    )
  await decompressed(body.subarray(PREFIX_BYTES), name, BODY_LIMIT, use)
}

function succeed(stream: ServerHttp2Stream): void {
  if (stream.destroyed) return
  stream.respond(
    { 'content-type': 'application/grpc', 'grpc-accept-encoding': ACCEPTED },
    { waitForTrailers: true },
  )
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(CODES.OK) }))
  stream.end(EMPTY_MESSAGE)
}

function fail(stream: ServerHttp2Stream, { code, message, trailers }: StatusError): void {
  if (stream.destroyed) return
  stream.respond(
    {
      'content-type': 'application/grpc',
      'grpc-accept-encoding': ACCEPTED,
      'grpc-status': String(code),
      'grpc-message': encodeURIComponent(message).replaceAll('%20', ' '),
      ...trailers,
    },
    { endStream: true },
  )
  // The rest is counted and dropped: a reset would overtake the answer.
  stream.resume()
}
