/** Outgoing HTTP requests, each in a client span that continues the trace. */
import {
  type Attributes,
  context,
  propagation,
  type Span,
  SpanStatusCode,
} from '@opentelemetry/api'
import { type Dispatcher, request } from 'undici'
import { inGenerations } from './semconv.ts'
import { inClientSpan } from './spans.ts'

interface Outgoing {
  /** Of the span. */
  name: string
  method: string
  url: URL
  /** The path with parameters instead of values. */
  route: string
  dispatcher: Dispatcher
  timeoutMs: number
  headers?: Record<string, string> | undefined
  userAgent?: string | undefined
  body?: string | undefined
  /** More attributes of the span. */
  attributes?: Attributes
}

/** Sends a request and reads its answer. Throws where none comes in time. */
export function send(outgoing: Outgoing): Promise<{ status: number; text: string }> {
  const { name, method, url, dispatcher, timeoutMs, userAgent, body, attributes } = outgoing
  const all = { ...requestAttributes(outgoing), ...attributes }
  return inClientSpan(name, all, async (span) => {
    const headers: Record<string, string> = { ...(userAgent && { 'user-agent': userAgent }) }
    propagation.inject(context.active(), headers)
    if (body !== undefined) headers['content-type'] = 'application/json'
    const answer = await request(url, {
      dispatcher,
      method: method as Dispatcher.HttpMethod,
      headers: { ...headers, ...outgoing.headers },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await answer.body.text()
    answered(span, answer.statusCode)
    return { status: answer.statusCode, text }
  })
}

// https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span
function requestAttributes({ method, url, route, userAgent }: Outgoing): Attributes {
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  return inGenerations(
    'http',
    {
      'http.request.method': method,
      'server.address': url.hostname,
      'server.port': port,
      'url.full': url.href,
      'url.scheme': url.protocol.slice(0, -1),
      'url.path': url.pathname,
      'url.template': route,
      'user_agent.original': userAgent,
    },
    {
      'http.method': method,
      'http.url': url.href,
      'http.target': url.pathname,
      'http.host': url.host,
      'http.scheme': url.protocol.slice(0, -1),
      'http.user_agent': userAgent,
      'net.peer.name': url.hostname,
      'net.peer.port': port,
    },
  )
}

/** For a client, unlike for a server, every status from 400 is an error. */
function answered(span: Span, status: number): void {
  span.setAttributes(
    inGenerations('http', { 'http.response.status_code': status }, { 'http.status_code': status }),
  )
  if (status < 400) return
  span.setAttribute('error.type', String(status))
  span.setStatus({ code: SpanStatusCode.ERROR })
}
