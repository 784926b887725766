/** The time of spans, events and log records, to the nanosecond; for spans.ts and audit.ts. */
import type { HrTime } from '@opentelemetry/api'

const SECOND = 1_000_000_000n
// Far more than the reading itself is off by, and less than anybody would call a wrong time.
const DRIFT = 100_000_000n

// Node's own reading of the wall clock, which has microseconds: on whole milliseconds, the spans of two processes would
// not fit into each other.
let offset =
  BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6)) - process.hrtime.bigint()

/**
 * Nanoseconds on the monotonic clock, laid on the wall clock. Left to itself the SDK starts spans on whole milliseconds:
 * those of one millisecond could not be put in order, and a child could end after its parent.
 */
export function now(): HrTime {
  const monotonic = process.hrtime.bigint()
  const wall = BigInt(Date.now()) * 1_000_000n
  const drift = wall - (monotonic + offset)
  // The machine slept, or its clock was set.
  if (drift > DRIFT || drift < -DRIFT) offset = wall - monotonic
  const time = monotonic + offset
  return [Number(time / SECOND), Number(time % SECOND)]
}
