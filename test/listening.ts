/** A test's own HTTP server on a free loopback port. */
import type { Server } from 'node:http'
import { listen } from '../collector/http/listen.ts'

/** Starts it. Its stop cuts its connections. */
export async function listening(server: Server): Promise<{ url: string; stop(): void }> {
  const url = await listen(server, 0, '127.0.0.1')
  const stop = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url, stop }
}
