/** How code opens a span and records on it what went wrong; for every module of server/. */
import { type Attributes, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { packageVersion } from '../package.ts'
import { now } from './clock.ts'

const tracer = trace.getTracer('shop', packageVersion())
const recorded = new WeakSet<Error>()

interface SpanStart {
  kind?: SpanKind
  attributes?: Attributes
}

/** Runs `work` inside a new active span that ends with it. What `work` throws is recorded and thrown on. */
export function inSpan<T>(
  name: string,
  start: SpanStart,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  return tracer.startActiveSpan(name, { ...start, startTime: now() }, async (span) => {
    try {
      return await work(span)
    } catch (error) {
      fail(span, asError(error))
      throw error
    } finally {
      span.end(now())
    }
  })
}

/** As `inSpan`, for a call to the database: the kind is client. */
export function inClientSpan<T>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  return inSpan(name, { kind: SpanKind.CLIENT, attributes }, work)
}

/** Marks a span as failed: status, `error.type`, and the exception event unless a span below has it already. */
export function fail(span: Span, error: Error): void {
  recordOnce(span, error)
  span.setAttribute('error.type', error.name)
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
}

/**
 * Adds the exception event to the span where the error arose, and to no other that it passes on its way up:
 * otherwise one failure would be counted once for each layer.
 */
export function recordOnce(span: Span, error: Error): void {
  if (recorded.has(error)) return
  recorded.add(error)
  span.recordException(error, now())
}

/** Says on the span what just happened. */
export function addEvent(span: Span, name: string): void {
  span.addEvent(name, now())
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
