/** Keeps browsers out of loopback listeners: DNS rebinding and cross-site requests. */
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Loopback, and as containers call the machine they run on: names under `internal` cannot be registered. */
const OWN_NAMES =
  /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|host\.(?:docker|containers|lima|orb)\.internal)$/i

/** Access rules of a listener. */
export interface Access {
  /** Accepted host names besides loopback, without a port; `*` for any. */
  hosts: string[]
  /** Origins of `--cors-origin`, or `*`. */
  origins: string[]
  /** Required if set. */
  password: string | undefined
}

/** @returns the reason to refuse the request, or undefined. */
export function refusal(request: IncomingMessage, { hosts, origins }: Access): string | undefined {
  // Node keeps the first Host header; a proxy may have checked another.
  if ((request.headersDistinct.host?.length ?? 0) > 1) return 'there is more than one Host header'
  // HTTP/1.0, as health checks speak it, may have none. Browsers always send it.
  const host = request.headers.host?.replace(/:\d+$/, '')
  if (
    host !== undefined &&
    !OWN_NAMES.test(host) &&
    !hosts.includes('*') &&
    !hosts.includes(host)
  ) {
    return `Host ${host || '(none)'} is not this server's name`
  }
  const { origin, 'sec-fetch-site': site } = request.headers
  if (origin === undefined) {
    // Browsers send Sec-Fetch-Site, but no Origin, for <img> and <script>.
    const own = site === undefined || site === 'none' || site === 'same-origin'
    return own || origins.includes('*') ? undefined : 'requests from web pages are not allowed'
  }
  if (allowsOrigin(origin, origins)) return undefined
  return `requests from the web page ${origin} are not allowed`
}

/** Keeps browsers from running an answer as a script or a page. */
export function forbidSniffing(response: ServerResponse): void {
  response.setHeader('X-Content-Type-Options', 'nosniff')
}

/** Whether pages of this origin may send requests. */
export function allowsOrigin(origin: string, origins: string[]): boolean {
  return origins.includes('*') || origins.includes(origin)
}
