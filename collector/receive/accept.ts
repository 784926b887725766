/** Accepts a decoded request: checks, spools, acknowledges. */
import { type Admission, RetryLaterError } from '../ingest/admission.ts'
import type { RecentSpans } from '../ingest/recent-spans.ts'
import type { Spool } from '../ingest/spool.ts'
import { type Arrived, prepare } from '../otlp/prepare.ts'
import type { Signal } from '../otlp/proto.ts'
import { isLarge, prepareLarge } from './large.ts'

/** Resolves when the request is durable: the acknowledgement may go out. */
export type Receive = (arrived: Arrived) => Promise<void>

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
  EACCES: 'the data directory may not be written',
  EPERM: 'the data directory may not be written',
}

/** Receives into one spool for each signal. `admit` throws a RetryLaterError when there is no room. */
export function receiver(
  spools: Record<Signal, Spool>,
  admit: Admission['admit'],
  received: (signal: Signal, rows: number) => void,
  recent?: RecentSpans,
): Receive {
  return async (arrived) => {
    const { signal } = arrived
    const prepared = await (isLarge(arrived) ? prepareLarge : prepare)(arrived)
    const { request, rows, flatBytes, hashes, days } = prepared
    if (rows === 0) return
    await admit(signal, request.length, days)
    try {
      await spools[signal].append(request, rows, flatBytes, days)
    } catch (error) {
      const { code = '', syscall } = error as NodeJS.ErrnoException
      // A sender would give up after 500, and the system's words name paths.
      const why = UNWRITABLE[code] ?? (syscall && `the spool cannot be written (${code})`)
      if (why === undefined) throw error
      throw new RetryLaterError(why, 5)
    }
    recent?.add(hashes)
    received(signal, rows)
  }
}
