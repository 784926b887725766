/** Connections that bring no request: another protocol, long headers, TLS that fails. */
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { Server as NetServer, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { knowAddress } from '../http/connections.ts'
import type { Refusals } from './refusals.ts'

/** An error of Node's HTTP parser, with the bytes that it could not read. */
type ParseError = NodeJS.ErrnoException & { rawPacket?: Buffer }

/** First byte of a TLS handshake. */
const HANDSHAKE = 0x16
/** Names of protocols as a handshake offers them: after their length. */
const OFFERS = { http2: '\x02h2', http1: '\x08http/1.1' }
const OWN_PORT = 'gRPC has a port of its own, 4317 by default'

interface Unreadable {
  status: number
  /** A fixed text, and so the kind of its notice. */
  message: string
  /** The other side speaks another protocol. */
  isProtocol?: true
}

/** Reports what the OTLP/HTTP port cannot read. */
export function reportUnreadable(server: Server | SecureServer, refused: Refusals): void {
  answerUnreadable(server, (address, { status, message }) =>
    refused.add(`HTTP ${status}`, { address }, message, message),
  )
  reportTls(server, refused)
}

/** Reports other protocols at the port of ClickHouse's interface, whose clients see other errors themselves. */
export function reportProtocols(server: Server | SecureServer, refused: Refusals): void {
  answerUnreadable(server, (address, { status, message, isProtocol }) => {
    if (isProtocol) refused.add(`HTTP ${status}`, { address }, message, message)
  })
  reportTls(server, refused, TLS_PROTOCOLS)
}

/** Answers what a server cannot read as Node does, and passes it on unless it belongs to a request. */
function answerUnreadable(
  server: Server | SecureServer,
  report: (address: string | undefined, why: Unreadable) => void,
): void {
  const last = new WeakMap<object, { request: IncomingMessage; response: ServerResponse }>()
  server.on('request', (request, response) => last.set(request.socket, { request, response }))
  const answered = new WeakSet<object>()
  server.on('clientError', (error: ParseError, stream) => {
    const socket = stream as Socket
    // What arrives until it is closed is an error again.
    if (answered.has(socket)) return
    answered.add(socket)
    const { remoteAddress: address } = socket
    const why = unreadable(error)
    const { status } = why
    const line = `HTTP/1.1 ${status} ${STATUS_CODES[status]}`
    const { request, response } = last.get(socket) ?? {}
    const isAnswering = response?.headersSent && !response.writableFinished
    if (socket.writable && !isAnswering) socket.end(`${line}\r\nConnection: close\r\n\r\n`)
    socket.destroySoon()
    // A sender that went away sent nothing, and the request of a broken body is refused itself.
    const isSent = error.rawPacket !== undefined
    const isBody = request?.complete === false
    if (isSent && !isBody) report(address, why)
  })
}

function unreadable({ code, rawPacket }: ParseError): Unreadable {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, message: 'the headers are larger than 16 KiB' }
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { status: 413, message: 'the extensions of a chunk are larger than 16 KiB' }
    case 'HPE_PAUSED_H2_UPGRADE':
      return { status: 505, message: `HTTP/2, as gRPC sends it: ${OWN_PORT}`, isProtocol: true }
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, message: 'the request takes too long' }
    default:
      return rawPacket?.[0] === HANDSHAKE
        ? { status: 400, message: withTls(rawPacket), isProtocol: true }
        : { status: 400, message: 'not an HTTP request' }
  }
}

/** What a handshake at a port without TLS means. */
function withTls(hello: Buffer): string {
  const isGrpc = hello.includes(OFFERS.http2) && !hello.includes(OFFERS.http1)
  return isGrpc
    ? `gRPC with TLS: ${OWN_PORT}, and TLS needs --tls-cert`
    : 'TLS, which this port does not speak: send to http://, or start `otrace up` with --tls-cert'
}

/** An error of OpenSSL, whose message names places in its source. */
type TlsError = NodeJS.ErrnoException & { reason?: string }

/** Node's types lack the socket below TLS, which knows the address of a connection that has ended. */
type ParentedSocket = TLSSocket & { _parent?: Socket }

/** Errors of a side that speaks another protocol. */
const TLS_PROTOCOLS: Record<string, string> = {
  ERR_SSL_HTTP_REQUEST: 'no TLS, which this port needs: send to https://',
  // OpenSSL knows HTTP by its methods.
  ERR_SSL_WRONG_VERSION_NUMBER: 'no TLS, which this port needs: send to https://',
  ERR_SSL_NO_APPLICATION_PROTOCOL:
    'another protocol: gRPC and HTTP have a port each, 4317 and 4318 by default',
}
const TLS_ERRORS: Record<string, string> = {
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE:
    'no certificate, which --tls-client-ca requires: give the sender one',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA:
    'the sender does not trust the certificate of --tls-cert: give it the authority',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'the sender does not accept the certificate of --tls-cert',
}

/**
 * Reports handshakes that fail, on a server with TLS.
 * @param only the errors to report; all by default
 */
export function reportTls(
  server: NetServer,
  refused: Refusals,
  only?: Record<string, string>,
): void {
  server.on('connection', knowAddress)
  server.on('tlsClientError', (error: TlsError, socket: ParentedSocket) => {
    // Node's name for what is wrong with a client's certificate, in spite of its type.
    const wrong = socket.authorizationError
    const { code = '', reason } = error
    // The sender went away.
    if (!wrong && code === 'ECONNRESET') return
    if (only && (wrong || !Object.hasOwn(only, code))) return
    const message = wrong
      ? `its certificate is not one that --tls-client-ca accepts: ${wrong}`
      : (TLS_PROTOCOLS[code] ?? TLS_ERRORS[code] ?? reason ?? error.message)
    const { remoteAddress: address } = socket._parent ?? socket
    refused.add('TLS', { address }, message, wrong ? String(wrong) : code)
  })
}
