/** A test's own HTTP server on a free loopback port. */
import type { Server } from 'node:http'
import { listen } from '../collector/http/listen.ts'

/**
 * A host for a port that is closed and opened again. Meanwhile a connection of another test may take a port of
 * 127.0.0.1, and none takes one here. Only Linux has more than one loopback address.
 */
export const hostApart = process.platform === 'linux' ? `127.1.1.${process.pid % 250}` : '127.0.0.1'

/** Starts it. Its stop cuts its connections. */
export async function listening(server: Server): Promise<{ url: string; stop(): void }> {
  const url = await listen(server, 0, '127.0.0.1')
  const stop = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url, stop }
}
