/** Makes a request ready for the spool: protobuf, checked, counted and repaired. */
import { FieldReader } from './field-reader.ts'
import { jsonToProtobuf } from './json.ts'
import { refuseTooLarge } from './limits.ts'
import { merge } from './merge.ts'
import { type Message, messageNamed, REQUESTS, SIGNALS, type Signal } from './proto.ts'
import { rewrite } from './rewrite.ts'
import { MalformedRequestError, misdirected, NumberRangeError, type Scan, scan } from './scan.ts'

const KEY_VALUE = messageNamed('KeyValue')

/** A request as it arrived, decompressed. */
export interface Arrived {
  signal: Signal
  request: Buffer
  isJson: boolean
}

/** What goes to the spool. Without rows there is nothing to store. */
export interface Prepared {
  request: Buffer
  rows: number
  flatBytes: number
  /** As scan() says. */
  hashes: ArrayLike<number>
  days: readonly number[]
}

/** @throws MalformedRequestError, TooLargeError */
export async function prepare({ signal, request, isJson }: Arrived): Promise<Prepared> {
  let bytes = isJson ? jsonToProtobuf(signal, request) : request
  let scanned = measured(signal, bytes)
  if (scanned.needsMerge) {
    bytes = merge(signal, bytes)
    scanned = measured(signal, bytes)
  }
  if (scanned.needsRewrite) {
    bytes = await rewrite(signal, bytes, BigInt(Date.now()) * 1_000_000n)
    scanned = measured(signal, bytes)
  }
  const { rows, flatBytes, hashes, days } = scanned
  if (rows === 0) refuseUnknown(signal, bytes)
  return { request: bytes, rows, flatBytes, hashes, days: [...days] }
}

/** @throws MalformedRequestError, TooLargeError */
function measured(signal: Signal, request: Buffer): Scan {
  const scanned = scanAs(signal, request)
  refuseTooLarge(scanned.flatBytes, scanned.days.size)
  return scanned
}

/** @throws MalformedRequestError, which names the signal whose request it is, if it is one. */
function scanAs(signal: Signal, request: Buffer): Scan {
  try {
    return scan(signal, request, true)
  } catch (error) {
    if (!(error instanceof MalformedRequestError) || error instanceof NumberRangeError) throw error
    const other = SIGNALS.find((one) => one !== signal && holds(one, request))
    throw other ? misdirected(other) : error
  }
}

function holds(signal: Signal, request: Buffer): boolean {
  try {
    return scan(signal, request, true).rows > 0
  } catch {
    return false
  }
}

/** A request without rows, in which a message has unknown fields alone, would be lost without a word. */
function refuseUnknown(signal: Signal, request: Buffer): void {
  const unknown = onlyUnknown(messageNamed(REQUESTS[signal]), new FieldReader(request))
  if (unknown !== undefined)
    throw new MalformedRequestError(
      `not a valid OTLP request: it has no ${signal}, and ${unknown} is not a field of OTLP`,
    )
}

/** The first field of a message that has unknown ones alone. Values may be of a later version. */
function onlyUnknown(message: Message, fields: FieldReader): string | undefined {
  let unknown: string | undefined
  let isKnown = false
  while (fields.next()) {
    const field = message.fields[fields.number]
    if (field === undefined) {
      unknown ??= `field ${fields.number} of ${message.name}`
      continue
    }
    isKnown = true
    const inner =
      field.message && field.message !== KEY_VALUE
        ? onlyUnknown(field.message, fields.inner())
        : undefined
    if (inner !== undefined) return inner
  }
  return isKnown ? undefined : unknown
}
