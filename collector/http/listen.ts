/** Binds a server to a port. */
import type { AddressInfo, Server } from 'node:net'

/** Another program listens on the port. */
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
export function listen(
  server: Server,
  port: number,
  host: string,
  scheme: 'http' | 'https' = 'http',
): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortInUseError(port) : error)
    })
    server.listen(port, host, () => {
      const bound = (server.address() as AddressInfo).port
      resolve(`${scheme}://${host.includes(':') ? `[${host}]` : host}:${bound}`)
    })
  })
}
