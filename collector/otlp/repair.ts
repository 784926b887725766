/**
 * Repairs times and ids that the tables cannot hold.
 *
 * A time is unknown when it is 0, and out of range from 2106-02-07 on, where the 32 bits of seconds in the tables' keys
 * end. A row without a time takes its end, else the earliest start of its trace in the request, else the time of
 * receipt. An event takes its span's start. An end before the start becomes the start. An attribute keeps the sent
 * values.
 */
import { FieldReader } from './field-reader.ts'
import { type Message, messageNamed, REQUESTS, type Signal } from './proto.ts'

/** The attribute that holds the times as they were sent, such as `start_time_unix_nano=0`. */
export const INVALID_TIME = 'otrace.time.invalid'
/** The attribute that names the ids that are missing or zero, such as `trace_id`. */
export const INVALID_ID = 'otrace.id.invalid'

const TIME_LIMIT = BigInt(Date.UTC(2106, 1, 7)) * 1_000_000n
const SPAN = messageNamed('Span')
const [TRACE_ID, SPAN_ID] = [1, 2]

export interface Repair {
  /** When the row starts. */
  start: bigint
  /** Field numbers of the times to be replaced, with their new values. */
  times: Map<number, bigint>
  /** Attributes to be added, and the field that holds them. */
  attributes: [key: string, text: string][]
  list: number
}

export function repairOf(
  message: Message,
  fields: FieldReader,
  context: Times,
  outer: bigint,
): Repair {
  const sent = new Map<number, bigint>()
  let traceId = ''
  let spanId = ''
  while (fields.next()) {
    if (message.fields[fields.number]?.clock) sent.set(fields.number, fields.fixed64())
    else if (message === SPAN && fields.number === TRACE_ID) traceId = fields.latin1()
    else if (message === SPAN && fields.number === SPAN_ID) spanId = fields.latin1()
  }
  const { row, end, list } = placesOf(message)
  const times = new Map<number, bigint>()
  const value = (number: number | undefined) => (number && sent.get(number)) || 0n

  let start = value(row)
  if (!isTime(start)) {
    if (isTime(value(end))) start = value(end)
    else if (message === SPAN) start = context.startOf(traceId)
    else start = outer
    // A log record's observed time is the table's own rule for a record without a time.
    if (message.name !== 'LogRecord' || value(row) !== 0n || !isTime(value(end)))
      times.set(row, start)
  }
  if (message === SPAN && end && (value(end) < start || !isTime(value(end)))) times.set(end, start)
  for (const [number, time] of sent) {
    if (message.fields[number]!.clock === 'other' && time >= TIME_LIMIT) times.set(number, 0n)
  }
  const attributes: Repair['attributes'] = []
  if (times.size > 0) {
    const named = [...times.keys()].map(
      (number) => `${message.fields[number]!.name}=${value(number)}`,
    )
    attributes.push([INVALID_TIME, named.join(' ')])
  }
  if (message === SPAN) {
    const missing = [!isId(traceId) && 'trace_id', !isId(spanId) && 'span_id'].filter(Boolean)
    if (missing.length > 0) attributes.push([INVALID_ID, missing.join(' ')])
  }
  return { start, times, attributes, list }
}

interface Places {
  row: number
  end: number | undefined
  list: number
}

const places = new Map<Message, Places>()

/** The numbers of a message's times and of its attributes. */
function placesOf(message: Message): Places {
  const known = places.get(message)
  if (known) return known
  const fields = message.fields.filter((field) => field !== undefined)
  const found = {
    row: fields.find((field) => field.clock === 'row')!.number,
    end: fields.find((field) => field.clock === 'end')?.number,
    list: fields.find((field) => field.message?.name === 'KeyValue')!.number,
  }
  places.set(message, found)
  return found
}

/** Where the spans of a request lie in time. */
export class Times {
  readonly #signal: Signal
  readonly #request: Uint8Array
  readonly #now: bigint
  #starts: Map<string, bigint> | undefined

  constructor(signal: Signal, request: Uint8Array, now: bigint) {
    this.#signal = signal
    this.#request = request
    this.#now = now
  }

  /** The earliest start of a trace in the request, or the time of receipt. */
  startOf(traceId: string): bigint {
    if (!this.#starts) {
      this.#starts = new Map()
      this.#collect(messageNamed(REQUESTS[this.#signal]), new FieldReader(this.#request))
    }
    return this.#starts.get(traceId) ?? this.#now
  }

  #collect(message: Message, fields: FieldReader): void {
    let traceId = ''
    let start = 0n
    while (fields.next()) {
      const field = message.fields[fields.number]
      if (message === SPAN && fields.number === TRACE_ID) traceId = fields.latin1()
      else if (message === SPAN && field?.clock === 'row') start = fields.fixed64()
      else if (field?.message?.role === 'row' || field?.message?.role === 'envelope')
        this.#collect(field.message, fields.inner())
    }
    if (message !== SPAN || !isTime(start) || !isId(traceId)) return
    const known = this.#starts!.get(traceId)
    if (known === undefined || start < known) this.#starts!.set(traceId, start)
  }
}

function isTime(nanos: bigint): boolean {
  return nanos > 0n && nanos < TIME_LIMIT
}

function isId(bytes: string): boolean {
  return /[^\0]/.test(bytes)
}
