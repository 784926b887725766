/** Limits of connections: of their number, and of what each may ask at once. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Connections beyond the limit that can wait for their 503. */
export const SURPLUS = 32
/** A surplus connection that sends nothing is closed. */
const SILENT_MS = 2_000
/**
 * Requests of a connection in one turn of the event loop, which takes all that lie in a read of 64 KiB, 50 ms of them,
 * before it looks at another connection. A sender that waits for its answers has one.
 */
const MOST_AT_ONCE = 16
/** Calls of a connection that its client cancels within some time, in milliseconds. Each costs 0.1 ms. */
const MOST_CANCELLED = 100
const CANCELLED_WITHIN_MS = 10_000

/** Has Node keep the address of the other side, which it cannot find out when the connection has ended. */
export const knowAddress = (socket: Socket): unknown => socket.remoteAddress

/** Takes a reason such as `HTTP 503`, the address of the other side, and a message. */
type Report = (reason: string, address: string | undefined, message: string) => void

/** The connections of all servers of this process, which share its open files. */
export class Connections {
  readonly #most: number
  readonly #report: Report
  readonly #surplus = new WeakSet<object>()
  /** In this turn of the event loop. */
  readonly #requests = new Map<object, number>()
  readonly #cancelled = new WeakMap<object, { since: number; calls: number }>()
  #open = 0
  readonly #ports = new Set<number | undefined>()

  constructor(most: number, report: Report) {
    this.#most = most
    this.#report = report
  }

  /** Counts a connection until it closes. @returns whether it is one too many */
  add(connection: object, socket: Socket): boolean {
    this.#open++
    this.#ports.add(socket.localPort)
    socket.once('close', () => this.#open--)
    knowAddress(socket)
    if (this.#open <= this.#most) return false
    if (this.#open > this.#most + SURPLUS) socket.destroy()
    socket.setTimeout(SILENT_MS, () => socket.destroy())
    this.#surplus.add(connection)
    return true
  }

  /** Whether a client has ever connected to the port of an address such as `http://127.0.0.1:4318`. */
  reached(address: string): boolean {
    return this.#ports.has(Number(new URL(address).port))
  }

  isSurplus(connection: object | undefined): boolean {
    return connection !== undefined && this.#surplus.has(connection)
  }

  /** Counts a cancelled call. @returns whether the connection cancels too many, which is reported */
  cancel(connection: object, address: string | undefined): boolean {
    const now = performance.now()
    const before = this.#cancelled.get(connection)
    const isRecent = before !== undefined && now - before.since < CANCELLED_WITHIN_MS
    const counted = isRecent ? before : { since: now, calls: 0 }
    this.#cancelled.set(connection, counted)
    if (++counted.calls <= MOST_CANCELLED) return false
    this.#report('flood', address, `a connection cancels more than ${MOST_CANCELLED} calls in 10 s`)
    return true
  }

  /** Counts a request. @returns whether its connection floods */
  #floods(connection: object): boolean {
    if (this.#requests.size === 0) setImmediate(() => this.#requests.clear())
    const count = (this.#requests.get(connection) ?? 0) + 1
    this.#requests.set(connection, count)
    return count > MOST_AT_ONCE
  }

  /** Counts the server's connections, and answers requests of surplus ones itself. */
  watch(server: Server): void {
    server.on('connection', (socket) => this.add(socket, socket))
    const handlers = server.listeners('request') as ((
      request: IncomingMessage,
      response: ServerResponse,
    ) => void)[]
    server.removeAllListeners('request')
    server.on('request', (request, response) => {
      const { socket } = request
      // Those that lay behind one that was too many.
      if (socket.destroyed) return
      if (this.#floods(socket)) {
        this.#report(
          'flood',
          socket.remoteAddress,
          `a connection sends more than ${MOST_AT_ONCE} requests at once`,
        )
        socket.destroy()
      } else if (this.#surplus.has(socket)) {
        this.#report('HTTP 503', socket.remoteAddress, TOO_MANY)
        refuse(request, response)
      } else for (const handler of handlers) handler.call(server, request, response)
    })
  }
}

export const TOO_MANY = 'too many connections are open'

function refuse(request: IncomingMessage, response: ServerResponse): void {
  request.resume()
  response.writeHead(503, {
    'Content-Type': 'text/plain; charset=UTF-8',
    'Retry-After': 1,
    Connection: 'close',
  })
  response.end(`${TOO_MANY}\n`)
}
