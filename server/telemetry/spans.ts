/** Helpers to open spans and to record errors on them. */
import { type Attributes, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { packageVersion } from '../../package.ts'
import { now } from '../clock.ts'

const tracer = trace.getTracer('shop', packageVersion())
const recorded = new WeakSet<Error>()

interface SpanStart {
  kind?: SpanKind
  attributes?: Attributes
}

/** Runs `work` inside a new active span. Records and rethrows its error. */
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

/** Like `inSpan`, with the kind client. */
export function inClientSpan<T>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  return inSpan(name, { kind: SpanKind.CLIENT, attributes }, work)
}

/** Marks a span as failed: status, `error.type`, and the exception unless already recorded. */
export function fail(span: Span, error: Error): void {
  recordOnce(span, error)
  span.setAttribute('error.type', error.name)
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
}

/**
 * Records an exception on the first span that sees it. Its ancestors don't record it again, so that
 * one failure counts once and not once for each layer.
 */
export function recordOnce(span: Span, error: Error): void {
  if (recorded.has(error)) return
  recorded.add(error)
  span.recordException(error, now())
}

/** Adds an event with the current time. */
export function addEvent(span: Span, name: string): void {
  span.addEvent(name, now())
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
