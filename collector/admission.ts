/** Whether there is room for one more request: slows senders down, then refuses, before disk or memory is in danger; for main.ts. */
import { statfs } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Signal } from './otlp/proto.ts'
import { RetryLaterError } from './receive/receive.ts'
import type { Spool } from './spool.ts'

/** From this many rows behind, an acknowledgement waits for the loader: senders then go at its pace. */
const BEHIND_ROWS = 400_000
/** But no longer than this, which is below any exporter's timeout. */
const LONGEST_WAIT_MS = 3_000
const DISK_CHECK_MS = 1_000
/** When to come again, in seconds. */
const RETRY_AFTER = 2

export interface Admission {
  /** @throws RetryLaterError */
  admit(signal: Signal, bytes: number): Promise<void>
  /** Requests refused since the start. */
  readonly refused: number
  close(): void
}

/**
 * @param spoolLimit bytes that all spools together may have.
 * @param minFreeDisk bytes that are left to others on the disk, and to merges.
 */
export function admission(
  directory: string,
  spools: Record<Signal, Spool>,
  spoolLimit: number,
  minFreeDisk: number,
): Admission {
  let freeDisk = Number.POSITIVE_INFINITY
  let refused = 0
  const look = async () => {
    const disk = await statfs(directory).catch(() => undefined)
    if (disk) freeDisk = disk.bavail * disk.bsize
  }
  void look()
  const timer = setInterval(look, DISK_CHECK_MS).unref()

  return {
    get refused() {
      return refused
    },
    async admit(signal, bytes) {
      const until = Date.now() + LONGEST_WAIT_MS
      while (spools[signal].waitingRows > BEHIND_ROWS && Date.now() < until) await sleep(20)
      const spooled = Object.values(spools).reduce((sum, spool) => sum + spool.bytes, 0)
      if (spooled + bytes > spoolLimit) {
        refused++
        throw new RetryLaterError(
          'the spool is full: what was received is stored first',
          RETRY_AFTER,
        )
      }
      if (freeDisk - bytes < minFreeDisk) {
        refused++
        throw new RetryLaterError('the disk is nearly full', RETRY_AFTER)
      }
    },
    close: () => clearInterval(timer),
  }
}
