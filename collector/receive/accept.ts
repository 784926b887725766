/** Accepts a decoded request: checks, spools, acknowledges. */
import { RetryLaterError } from '../ingest/admission.ts'
import type { RecentSpans } from '../ingest/recent-spans.ts'
import type { Spool } from '../ingest/spool.ts'
import { FieldReader } from '../otlp/field-reader.ts'
import { refuseTooLarge } from '../otlp/limits.ts'
import { SIGNALS, type Signal } from '../otlp/proto.ts'
import { rewrite } from '../otlp/rewrite.ts'
import {
  MalformedRequestError,
  misdirected,
  NumberRangeError,
  type Scan,
  scan,
} from '../otlp/scan.ts'

/** Resolves when the request is durable: the acknowledgement may go out. */
export type Receive = (signal: Signal, request: Buffer) => Promise<void>

/** Error codes of a spool that cannot be written for now. */
const UNWRITABLE: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
  EFBIG: 'the disk is full',
  ENOENT: 'the data directory is gone',
  ENOTDIR: 'the data directory is gone',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files',
  EIO: 'the disk cannot be written',
  EROFS: 'the disk cannot be written',
}

/** Receives into one spool for each signal. `admit` throws a RetryLaterError when there is no room. */
export function receiver(
  spools: Record<Signal, Spool>,
  admit: (signal: Signal, bytes: number) => Promise<void>,
  received: (signal: Signal, rows: number) => void,
  recent?: RecentSpans,
): Receive {
  return async (signal, request) => {
    let bytes = request
    let scanned = measured(signal, bytes)
    if (scanned.needsRewrite) {
      bytes = await rewrite(signal, bytes, BigInt(Date.now()) * 1_000_000n)
      scanned = measured(signal, bytes)
    }
    if (scanned.rows === 0) return refuseUnknown(signal, bytes)
    await admit(signal, bytes.length)
    try {
      await spools[signal].append(bytes, scanned.rows, scanned.flatBytes)
    } catch (error) {
      const why = UNWRITABLE[(error as NodeJS.ErrnoException).code ?? '']
      if (why === undefined) throw error
      throw new RetryLaterError(why, 5)
    }
    recent?.add(scanned.hashes)
    received(signal, scanned.rows)
  }
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
