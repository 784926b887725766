/** The server span of each request. */
import type { HttpBindings } from '@hono/node-server'
import {
  type Attributes,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
} from '@opentelemetry/api'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { matchedRoutes } from 'hono/route'
import { inGenerations } from './semconv.ts'
import { fail, inSpan, recordOnce } from './spans.ts'

// Not @opentelemetry/instrumentation-http: version 0.223 writes only the stable attributes, and
// must patch node:http before any import of it.

type Env = { Bindings: Partial<HttpBindings> }

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE']

/** Opens the server span, as a child of the caller's span if there is a traceparent. */
export const serverSpan = createMiddleware<Env>((c, next) => {
  const parent = propagation.extract(ROOT_CONTEXT, c.req.header())
  const start = { kind: SpanKind.SERVER, attributes: requestAttributes(c) }
  return context.with(parent, () =>
    inSpan(knownMethod(c) ?? 'HTTP', start, async (span) => {
      await next()
      finish(span, c)
    }),
  )
})

// https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
function requestAttributes(c: Context<Env>): Attributes {
  const url = new URL(c.req.url)
  const scheme = url.protocol.slice(0, -1)
  const incoming = c.env?.incoming
  const peer = incoming?.socket
  const client = c.req.header('x-forwarded-for')?.split(',')[0]?.trim() || peer?.remoteAddress
  const port = url.port ? Number(url.port) : undefined
  const version = incoming?.httpVersion
  const userAgent = c.req.header('user-agent')
  const length = c.req.header('content-length')
  const bytes = length === undefined ? undefined : Number(length)
  const method = knownMethod(c)
  return inGenerations(
    'http',
    {
      'http.request.method': method ?? '_OTHER',
      'http.request.method_original': method ? undefined : c.req.method,
      'url.scheme': scheme,
      'url.path': url.pathname,
      'url.query': url.search.slice(1) || undefined,
      'server.address': url.hostname,
      'server.port': port,
      'client.address': client,
      'network.peer.address': peer?.remoteAddress,
      'network.peer.port': peer?.remotePort,
      'network.protocol.version': version,
      'user_agent.original': userAgent,
      'http.request.body.size': bytes,
    },
    {
      'http.method': c.req.method,
      'http.scheme': scheme,
      'http.url': url.href,
      'http.target': url.pathname + url.search,
      'http.host': url.host,
      'http.client_ip': client,
      'http.flavor': version,
      'http.user_agent': userAgent,
      'http.request_content_length': bytes,
      'net.host.name': url.hostname,
      'net.host.port': port,
      'net.sock.peer.addr': peer?.remoteAddress,
      'net.sock.peer.port': peer?.remotePort,
    },
  )
}

/** Sets the span's name from its route, and its status. */
function finish(span: Span, c: Context<Env>): void {
  const route = matchedRoutes(c)
    .findLast(({ path }) => !path.endsWith('*'))
    ?.path.replace(/:(\w+)/g, '{$1}')
  if (route) {
    span.setAttribute('http.route', route)
    span.updateName(`${knownMethod(c) ?? 'HTTP'} ${route}`)
  }
  const { status } = c.res
  span.setAttributes(
    inGenerations('http', { 'http.response.status_code': status }, { 'http.status_code': status }),
  )
  if (!c.error) return
  // A 4xx is not an error of a server span, though it may be one of a span below.
  if (status >= 500) fail(span, c.error)
  else recordOnce(span, c.error)
}

function knownMethod(c: Context<Env>): string | undefined {
  return METHODS.find((method) => method === c.req.method)
}
