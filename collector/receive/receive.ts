/** What every receiver does with a request once it has its bytes: walk, spool, acknowledge; for receive/ and main.ts. */

import type { Signal } from '../otlp/proto.ts'
import { rewrite } from '../otlp/rewrite.ts'
import { MalformedRequestError, walk } from '../otlp/walk.ts'
import type { Spool } from '../spool.ts'

/** Resolves when the request is as durable as asked for. */
export type Receive = (signal: Signal, request: Buffer) => Promise<void>

/** The request was fine and is not stored: to be sent again later. */
export class RetryLaterError extends Error {
  override name = 'RetryLaterError'

  constructor(
    message: string,
    /** Seconds. */
    readonly retryAfter: number,
  ) {
    super(message)
  }
}

/** What a full disk, or a full share of it, is called. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** Beyond this a request could not be loaded: each of its rows gets its own copy of the resource. */
const FLAT_BYTES_LIMIT = 400 * 2 ** 20

/** Receives into one spool for each signal. `admit` throws a RetryLaterError when there is no room. */
export function receiver(
  spools: Record<Signal, Spool>,
  admit: (signal: Signal, bytes: number) => Promise<void>,
  received: (signal: Signal, rows: number) => void,
): Receive {
  return async (signal, request) => {
    let bytes = request
    let walked = walk(signal, bytes)
    if (walked.needsRewrite) {
      bytes = rewrite(signal, bytes)
      walked = walk(signal, bytes)
    }
    if (walked.rows === 0) return
    if (walked.flatBytes > FLAT_BYTES_LIMIT) {
      throw new MalformedRequestError(
        'the request is too large once its resources are copied to each row: send less at once',
      )
    }
    await admit(signal, bytes.length)
    try {
      await spools[signal].append(bytes, walked.rows, walked.flatBytes)
    } catch (error) {
      if (!FULL.has((error as NodeJS.ErrnoException).code ?? '')) throw error
      throw new RetryLaterError('the disk is full', 5)
    }
    received(signal, walked.rows)
  }
}
