/** Admission control: slows senders, then refuses, before disk or memory runs out. */
import { statfs } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Signal } from '../otlp/proto.ts'
import { notify } from '../status.ts'
import type { Spool } from './spool.ts'

/** With more rows waiting, acknowledgements wait for the loader, which slows senders down. */
const BEHIND_ROWS = 400_000
/** Below any exporter's timeout. */
const LONGEST_WAIT_MS = 3_000
const DISK_CHECK_MS = 1_000
/** A request does not rely on an older look at the disk: in a second, requests can fill the reserve. */
const FRESH_MS = 20
/**
 * Most days that wait to be stored: each becomes a part in several tables, 6 ms apiece, and what comes behind waits.
 * Requests of few days go first: ordinary ones.
 */
const MOST_DAYS = 1_000
const FEW_DAYS = 8
/** Seconds. */
const RETRY_AFTER = 2

/** A valid request was not stored; the client should send it again. */
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

export interface Admission {
  /**
   * @param days that the request's rows lie in
   * @throws RetryLaterError
   */
  admit(signal: Signal, bytes: number, days?: readonly number[]): Promise<void>
  /** Requests refused since the start. */
  readonly refused: number
  /** Nothing is admitted from then on. */
  close(): void
}

/**
 * @param spoolLimit most bytes in all spools together
 * @param minFreeDisk bytes of the disk kept free for merges and for other programs
 * @param gone says which of the store's folders is missing
 */
export function admission(
  directory: string,
  spools: Record<Signal, Spool>,
  spoolLimit: number,
  minFreeDisk: number,
  gone: () => string | undefined = () => undefined,
): Admission {
  let freeDisk = Number.POSITIVE_INFINITY
  let missing: string | undefined
  let isClosed = false
  let refused = 0
  let lookedAt = Number.NEGATIVE_INFINITY
  const look = async () => {
    lookedAt = performance.now()
    const disk = await statfs(directory).catch(() => undefined)
    missing = disk ? gone() : 'the data directory is gone'
    if (disk) freeDisk = disk.bavail * disk.bsize
    const text = missing
    if (text !== undefined)
      notify('store gone', () => (text.includes(directory) ? text : `${text}: ${directory}`))
  }
  let looked = look()
  const timer = setInterval(() => {
    looked = look()
  }, DISK_CHECK_MS).unref()

  return {
    get refused() {
      return refused
    },
    async admit(signal, bytes, days = []) {
      const until = performance.now() + LONGEST_WAIT_MS
      while (spools[signal].waitingRows > BEHIND_ROWS && performance.now() < until) await sleep(20)
      const spooled = Object.values(spools).reduce((sum, spool) => sum + spool.bytes, 0)
      if (spooled + bytes > spoolLimit) {
        refused++
        throw new RetryLaterError('the spool is full', RETRY_AFTER)
      }
      if (performance.now() - lookedAt > FRESH_MS) looked = look()
      await looked
      // It was being read, for seconds perhaps. Its client gets no answer any more, and sends it again.
      if (isClosed) throw new RetryLaterError('the collector is stopping', RETRY_AFTER)
      if (missing !== undefined) {
        refused++
        throw new RetryLaterError('files of the data directory are gone', RETRY_AFTER)
      }
      if (freeDisk - bytes < minFreeDisk) {
        refused++
        throw new RetryLaterError('the disk is nearly full', RETRY_AFTER)
      }
      const mostDays = days.length > FEW_DAYS ? MOST_DAYS : 2 * MOST_DAYS
      if (days.length > 0 && spools[signal].daysWith(days) > mostDays) {
        refused++
        throw new RetryLaterError('rows of too many days wait to be stored', RETRY_AFTER)
      }
      if (days.length > 0) spools[signal].expect(days)
      freeDisk -= bytes
    },
    close: () => {
      isClosed = true
      clearInterval(timer)
    },
  }
}
