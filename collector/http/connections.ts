/** Limits of connections: of their number, and of what each may ask at once. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Connections beyond the limit that can wait for their 503. */
export const SURPLUS = 32
/** A surplus connection that sends nothing is closed. */
const SILENT_MS = 2_000
/**
 * Requests of a connection that are not begun, because Node hands over all that lie in a read of 64 KiB, 50 ms of them,
 * before it looks at another connection. A sender that waits for its answers has one.
 */
const MOST_AT_ONCE = 16
/** Those behind the first of their connection that begin in a turn of the event loop: a few milliseconds of them. */
const MOST_IN_A_TURN = 4
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
  /** Connections with a request that began in this turn of the event loop. */
  readonly #begun = new Set<Socket>()
  /** Requests that are not begun, and how many of each connection. */
  readonly #queue: { socket: Socket; work: () => void }[] = []
  readonly #waiting = new Map<Socket, number>()
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

  /**
   * Begins a request: at once if its connection has no other in this turn of the event loop, else in its turn, so that
   * many connections that send many together keep no other waiting. @returns whether its connection floods
   */
  #begin(socket: Socket, work: () => void): boolean {
    const before = this.#waiting.get(socket) ?? 0
    if (before + 1 >= MOST_AT_ONCE) return true
    if (before === 0 && !this.#begun.has(socket)) {
      if (this.#begun.size === 0) setImmediate(() => this.#begun.clear())
      this.#begun.add(socket)
      work()
      return false
    }
    this.#waiting.set(socket, before + 1)
    if (this.#queue.push({ socket, work }) === 1) setImmediate(() => this.#beginSome())
    return false
  }

  #beginSome(): void {
    try {
      for (let begun = 0; begun < MOST_IN_A_TURN; begun++) {
        const next = this.#queue.shift()
        if (!next) return
        const { socket, work } = next
        const left = (this.#waiting.get(socket) ?? 1) - 1
        if (left > 0) this.#waiting.set(socket, left)
        else this.#waiting.delete(socket)
        if (!socket.destroyed) work()
      }
    } finally {
      // One that throws keeps no other waiting.
      if (this.#queue.length > 0) setImmediate(() => this.#beginSome())
    }
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
      const floods = this.#begin(socket, () => {
        if (this.#surplus.has(socket)) {
          this.#report('HTTP 503', socket.remoteAddress, TOO_MANY)
          refuse(request, response)
        } else for (const handler of handlers) handler.call(server, request, response)
      })
      if (!floods) return
      this.#report(
        'flood',
        socket.remoteAddress,
        `a connection sends more than ${MOST_AT_ONCE} requests at once`,
      )
      socket.destroy()
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
