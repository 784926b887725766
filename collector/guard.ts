/** Keeps browsers out of loopback listeners: refuses foreign Host headers (DNS rebinding) and foreign Origins. */
import type { IncomingMessage } from 'node:http'

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i

/** Who may talk to a listener. */
export interface Access {
  /** Names besides loopback's that it is reached by, without a port; `*` for any. */
  hosts: string[]
  /** What `--cors-origin` allows: whole origins, or `*`. */
  origins: string[]
  /** Asked for, if there is one. */
  password: string | undefined
}

/** @returns why the request is refused for where it comes from, or undefined. */
export function refusal(request: IncomingMessage, { hosts, origins }: Access): string | undefined {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '')
  if (!LOOPBACK.test(host) && !hosts.includes('*') && !hosts.includes(host)) {
    return `Host ${host || '(none)'} is not this server's name`
  }
  const origin = request.headers.origin
  if (origin === undefined || allowsOrigin(origin, origins)) return undefined
  return `requests from the web page ${origin} are not allowed`
}

/** Whether a page of this origin may talk to us. */
export function allowsOrigin(origin: string, origins: string[]): boolean {
  return origins.includes('*') || origins.includes(origin)
}
