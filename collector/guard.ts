/** Keeps browsers out of loopback listeners: refuses foreign Host headers (DNS rebinding), foreign Origins, and what other sites' pages load. */
import type { IncomingMessage, ServerResponse } from 'node:http'

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
  // Node keeps the first of them; whatever is in between may have looked at another.
  if ((request.headersDistinct.host?.length ?? 0) > 1) return 'there is more than one Host header'
  const host = (request.headers.host ?? '').replace(/:\d+$/, '')
  if (!LOOPBACK.test(host) && !hosts.includes('*') && !hosts.includes(host)) {
    return `Host ${host || '(none)'} is not this server's name`
  }
  const { origin, 'sec-fetch-site': site } = request.headers
  if (origin === undefined) {
    // Browsers send no Origin with what <img> or <script> loads, but they say this.
    const own = site === undefined || site === 'none' || site === 'same-origin'
    return own || origins.includes('*') ? undefined : 'requests from web pages are not allowed'
  }
  if (allowsOrigin(origin, origins)) return undefined
  return `requests from the web page ${origin} are not allowed`
}

/** Keeps browsers from taking an answer for a script or a page. */
export function forbidSniffing(response: ServerResponse): void {
  response.setHeader('X-Content-Type-Options', 'nosniff')
}

/** Whether a page of this origin may talk to us. */
export function allowsOrigin(origin: string, origins: string[]): boolean {
  return origins.includes('*') || origins.includes(origin)
}
