/** A connection: the store's address, user, tables and limits. */
import type { Limits } from './limits.ts'

export interface Connection {
  /** Undefined for the local store in `dataDir`. */
  url?: string
  database?: string
  table?: string
  /** The name of a schema; undefined to detect it. */
  schema?: string
  user?: string
  password?: string
  /** PEM files for an https address. */
  tls?: { ca?: Buffer; cert?: Buffer; key?: Buffer }
  /** An absolute path. */
  dataDir: string
  limits: Limits
}

/** Whether a text is the address of an HTTP server, with a user and a password that can be read. */
export function isHttpUrl(url: string): boolean {
  try {
    const { protocol, username, password, pathname } = new URL(url)
    for (const part of [username, password, pathname]) decodeURIComponent(part)
    return /^https?:$/.test(protocol)
  } catch {
    return false
  }
}

/** The address without user and password. */
export function withoutPassword(url: string): string {
  if (!isHttpUrl(url)) return url.replace(/^([\w+.-]*:\/\/)?.*@/s, '$1…@')
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname.replace(/\/$/, '')}`
}
