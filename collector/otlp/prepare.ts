/** Makes a request ready for the spool: protobuf, checked, counted and repaired. */
import { FieldReader } from './field-reader.ts'
import { jsonToProtobuf } from './json.ts'
import { refuseTooLarge } from './limits.ts'
import { SIGNALS, type Signal } from './proto.ts'
import { rewrite } from './rewrite.ts'
import { MalformedRequestError, misdirected, NumberRangeError, type Scan, scan } from './scan.ts'

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

/** A request of which nothing is known would be lost without a word. The list of resources is field 1. */
function refuseUnknown(signal: Signal, request: Buffer): void {
  const fields = new FieldReader(request)
  let unknown: number | undefined
  while (fields.next()) {
    if (fields.number === 1) return
    unknown ??= fields.number
  }
  if (unknown !== undefined)
    throw new MalformedRequestError(
      `not a valid OTLP request: it has no ${signal}, and field ${unknown} is not a field of OTLP`,
    )
}
