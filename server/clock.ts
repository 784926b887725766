/** Timestamps of spans, events and log records, in nanoseconds. */
import type { HrTime } from '@opentelemetry/api'

const SECOND = 1_000_000_000n
// Well above the error of one reading, and too small for a person to notice.
const DRIFT = 100_000_000n

// Node's wall clock has microseconds. With whole milliseconds, a client span and its server span
// in another process would not nest.
let offset =
  BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6)) - process.hrtime.bigint()

/**
 * Returns the wall-clock time, advanced by the monotonic clock. The SDK's own times are whole
 * milliseconds: spans of one millisecond have no order, and a child can end after its parent.
 */
export function now(): HrTime {
  const monotonic = process.hrtime.bigint()
  const wall = BigInt(Date.now()) * 1_000_000n
  const drift = wall - (monotonic + offset)
  // The machine was asleep, or its clock was set.
  if (drift > DRIFT || drift < -DRIFT) offset = wall - monotonic
  const time = monotonic + offset
  return [Number(time / SECOND), Number(time % SECOND)]
}
