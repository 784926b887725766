/** TLS, and client certificates, in front of the collector's servers. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer, type Server as SecureServer } from 'node:https'
import { createSecureContext } from 'node:tls'

/** Paths of PEM files. */
export interface TlsFiles {
  cert: string
  key: string
  /** The authority of client certificates, which are then required. */
  clientCa?: string | undefined
}

/** As node:tls takes them. */
export interface Tls {
  cert: Buffer
  key: Buffer
  ca?: Buffer
  requestCert?: true
  rejectUnauthorized?: true
  minVersion: 'TLSv1.2'
}

/** A missing or unusable file of `--tls-…`. */
export class TlsFileError extends Error {
  override name = 'TlsFileError'

  constructor(
    readonly flag: string,
    reason: string,
  ) {
    super(`${flag}: ${reason}`)
  }
}

/** @throws TlsFileError for a file that is missing, not PEM, or of another key */
export function readTls({ cert, key, clientCa }: TlsFiles): Tls {
  const tls: Tls = {
    cert: certificates('--tls-cert', cert),
    key: read('--tls-key', key),
    minVersion: 'TLSv1.2',
  }
  if (clientCa !== undefined) {
    tls.ca = certificates('--tls-client-ca', clientCa)
    tls.requestCert = true
    tls.rejectUnauthorized = true
  }
  try {
    createSecureContext({ cert: tls.cert, key: tls.key })
  } catch (error) {
    throw new TlsFileError('--tls-key', `not the key of ${cert}: ${(error as Error).message}`)
  }
  return tls
}

function read(flag: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new TlsFileError(flag, `cannot read ${path}: ${(error as NodeJS.ErrnoException).code}`)
  }
}

function certificates(flag: string, path: string): Buffer {
  const bytes = read(flag, path)
  try {
    new X509Certificate(bytes)
    return bytes
  } catch {
    throw new TlsFileError(flag, `not a PEM certificate: ${path}`)
  }
}

/** A server that answers over TLS as `plain` would, which then need not listen. */
export function secured(plain: Server, tls: Tls): SecureServer {
  // Node's types lack it.
  const { maxHeaderSize } = plain as { maxHeaderSize?: number }
  const server = createServer({ ...tls, maxHeaderSize }, (request, response) =>
    plain.emit('request', request, response),
  )
  server.keepAliveTimeout = plain.keepAliveTimeout
  server.headersTimeout = plain.headersTimeout
  server.requestTimeout = plain.requestTimeout
  return server
}
