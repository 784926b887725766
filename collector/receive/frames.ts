/** Ends HTTP/2 connections that send frames without calls. */
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2'

const LOOK_MS = 100
/**
 * Bytes beside those of calls: so many at once, and so many a second. Node has no event for a frame of priorities or of
 * windows, and ten connections that sent only these kept others waiting for 3 s. It reads 2 MiB of a connection before
 * it looks at another.
 */
const MOST_AT_ONCE = 2 ** 19
const MOST_A_SECOND = 2 ** 20
/** Bytes that a call may have beside its body. */
const HEAD = 2 ** 14

interface Counted {
  read: number
  /** Bytes of calls since the last look. */
  calls: number
  excess: number
}

/**
 * Counts what each connection sends.
 * @param flooded ends a connection that sends too much beside calls
 */
export function watchFrames(flooded: (session: ServerHttp2Session) => void) {
  const sessions = new Map<object, Counted & { session: ServerHttp2Session }>()
  const timer = setInterval(look, LOOK_MS).unref()

  return {
    add(session: ServerHttp2Session): void {
      sessions.set(session, { session, read: 0, calls: 0, excess: 0 })
      session.on('close', () => sessions.delete(session))
    },
    /** Counts a call, whose body another reads. */
    count(session: object | undefined, stream: ServerHttp2Stream): void {
      const counted = session && sessions.get(session)
      if (!counted) return
      counted.calls += HEAD
      stream.on('data', (chunk: Buffer) => {
        counted.calls += chunk.length
      })
    },
    stop: () => clearInterval(timer),
  }

  function look(): void {
    for (const counted of sessions.values()) {
      // A destroyed session has no socket, and is closed later.
      const bytesRead = counted.session.socket?.bytesRead ?? counted.read
      const beside = bytesRead - counted.read - counted.calls
      const allowed = (MOST_A_SECOND * LOOK_MS) / 1000
      counted.excess = Math.max(0, counted.excess + beside - allowed)
      counted.read = bytesRead
      counted.calls = 0
      if (counted.excess > MOST_AT_ONCE && !counted.session.destroyed) flooded(counted.session)
    }
  }
}

/** Said of such a connection. */
export const FRAMES = 'a connection sends frames that belong to no call'
