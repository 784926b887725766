/** Spans in virtual time, and their OTLP. */
import type { Clock } from './clock.ts'

export interface Process {
  service: string
  /** More attributes of its resource. */
  resource: Record<string, string>
  /** Milliseconds that its clock is ahead. */
  clockAhead?: number
}

export interface VirtualSpan {
  traceId: string
  spanId: string
  parentSpanId: string
  process: Process
  name: string
  /** As in OTLP. */
  kind: number
  /** Milliseconds. */
  start: number
  end: number
  attributes: Record<string, string | number | boolean>
  traceState?: string
  isError: boolean
  exceptions: { type: string; message: string; at: number }[]
}

/** A span under way: what its children need. */
export interface Under {
  span: VirtualSpan
}

export class Failure extends Error {
  isRecorded = false
  constructor(
    readonly type: string,
    message: string,
    readonly status = 500,
  ) {
    super(message)
  }
}

export const INTERNAL = 1
export const SERVER = 2
export const CLIENT = 3
export const PRODUCER = 4
export const CONSUMER = 5

type Attributes = VirtualSpan['attributes']

export function createRecorder(clock: Clock, random: () => number) {
  const spans: VirtualSpan[] = []
  const hex = (digits: number) =>
    Array.from({ length: digits / 8 }, () =>
      Math.floor(random() * 2 ** 32)
        .toString(16)
        .padStart(8, '0'),
    ).join('')

  /** Runs `work` in a span. A Failure fails it, and is recorded where it is first seen. */
  async function inSpan<T>(
    parent: Under | undefined,
    process: Process,
    name: string,
    work: (here: Under) => Promise<T>,
    { kind = INTERNAL, attributes = {} as Attributes } = {},
  ): Promise<T> {
    const span: VirtualSpan = {
      traceId: parent?.span.traceId ?? hex(32),
      spanId: hex(16),
      parentSpanId: parent?.span.spanId ?? '',
      process,
      name,
      kind,
      start: clock.now(),
      end: 0,
      attributes: { ...attributes },
      isError: false,
      exceptions: [],
    }
    try {
      return await work({ span })
    } catch (error) {
      if (error instanceof Failure) fail(span, error)
      throw error
    } finally {
      span.end = clock.now()
      spans.push(span)
    }
  }

  function fail(span: VirtualSpan, error: Failure): void {
    // A refusal is not an error of a server span.
    span.isError = span.kind !== SERVER || error.status >= 500
    if (error.isRecorded) return
    error.isRecorded = true
    span.exceptions.push({ type: error.type, message: error.message, at: clock.now() })
  }
  return { spans, inSpan }
}

const anyValue = (value: string | number | boolean) =>
  typeof value === 'string'
    ? { stringValue: value }
    : typeof value === 'boolean'
      ? { boolValue: value }
      : Number.isInteger(value)
        ? { intValue: String(value) }
        : { doubleValue: value }
const listOf = (map: Record<string, string | number | boolean>) =>
  Object.entries(map).map(([key, value]) => ({ key, value: anyValue(value) }))

/** ExportTraceServiceRequest as JSON. @param at milliseconds since 1970 of the virtual beginning */
export function otlpOf(spans: readonly VirtualSpan[], at: number): string {
  const byProcess = new Map<Process, VirtualSpan[]>()
  for (const span of spans) {
    const own = byProcess.get(span.process)
    if (own) own.push(span)
    else byProcess.set(span.process, [span])
  }
  return JSON.stringify({
    resourceSpans: [...byProcess].map(([process, own]) => {
      const nanos = (ms: number) =>
        String(BigInt(at) * 1_000_000n + BigInt(Math.round((ms + (process.clockAhead ?? 0)) * 1e6)))
      return {
        resource: { attributes: listOf({ 'service.name': process.service, ...process.resource }) },
        scopeSpans: [
          {
            spans: own.map((span) => ({
              traceId: span.traceId,
              spanId: span.spanId,
              ...(span.parentSpanId && { parentSpanId: span.parentSpanId }),
              ...(span.traceState && { traceState: span.traceState }),
              name: span.name,
              kind: span.kind,
              startTimeUnixNano: nanos(span.start),
              endTimeUnixNano: nanos(span.end),
              attributes: listOf(span.attributes),
              ...(span.isError && { status: { code: 2 } }),
              events: span.exceptions.map(({ type, message, at }) => ({
                name: 'exception',
                timeUnixNano: nanos(at),
                attributes: listOf({ 'exception.type': type, 'exception.message': message }),
              })),
            })),
          },
        ],
      }
    }),
  })
}
