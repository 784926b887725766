/** Binds a server to a port; for main.ts. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Another program listens there. */
export class PortInUseError extends Error {
  override name = 'PortInUseError'

  constructor(readonly port: number) {
    super(`port ${port} is in use by another program`)
  }
}

/**
 * @param port 0 for any free one.
 * @returns the base address, `http://127.0.0.1:4318`.
 * @throws PortInUseError
 */
export function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortInUseError(port) : error)
    })
    server.listen(port, host, () => {
      const bound = (server.address() as AddressInfo).port
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${bound}`)
    })
  })
}
