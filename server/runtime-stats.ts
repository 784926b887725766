/** A span around each request with what the runtime says of itself at its end; for app.ts. */
import {
  constants,
  monitorEventLoopDelay,
  type PerformanceEntry,
  PerformanceObserver,
  performance,
} from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { Attributes } from '@opentelemetry/api'
import { createMiddleware } from 'hono/factory'
import { inSpan } from './spans.ts'

// The values of v8js.gc.type (https://opentelemetry.io/docs/specs/semconv/runtime/v8js-metrics/), by V8's own numbers.
const GC_TYPES = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])
// A minor mark-sweep, which replaces the scavenger where it is switched on; Node has no name for it.
GC_TYPES.set(2, 'minor')

const RESOLUTION_MS = 10
const WINDOW_MS = 1000

/** What Node documents of an entry of type `gc`, and @types/node leaves out. */
interface CollectionEntry extends PerformanceEntry {
  detail: { kind: number }
}

/** Wraps a request in a span `runtime_stats`. */
export function runtimeStats() {
  const readGc = countCollections()
  const readDelay = watchEventLoop()
  return createMiddleware((_, next) =>
    inSpan('runtime_stats', {}, async (span) => {
      const before = performance.eventLoopUtilization()
      await next()
      span.setAttributes({
        'process.pid': process.pid,
        ...readGc(),
        'v8js.memory.heap.used': getHeapStatistics().used_heap_size,
        'nodejs.eventloop.utilization': performance.eventLoopUtilization(before).utilization,
        ...readDelay(),
      })
    }),
  )
}

/** Collections and the seconds they took, by type, since the process started counting. */
function countCollections(): () => Attributes {
  const totals = new Map(
    [...new Set(GC_TYPES.values())].map((type) => [type, { count: 0, milliseconds: 0 }]),
  )
  const add = (entries: PerformanceEntry[]) => {
    for (const entry of entries as CollectionEntry[]) {
      const total = totals.get(GC_TYPES.get(entry.detail.kind) ?? '')
      if (!total) continue
      total.count++
      total.milliseconds += entry.duration
    }
  }
  const observer = new PerformanceObserver((list) => add(list.getEntries()))
  observer.observe({ entryTypes: ['gc'] })
  return () => {
    // Those that happened in this request may be known to Node and not delivered yet.
    add(observer.takeRecords())
    const attributes: Attributes = {}
    for (const [type, { count, milliseconds }] of totals) {
      attributes[`v8js.gc.${type}.count`] = count
      attributes[`v8js.gc.${type}.duration`] = milliseconds / 1000
    }
    return attributes
  }
}

/** How late the event loop ran, in seconds, over about the last second; in a quiet shop, since the last request. */
function watchEventLoop(): () => Attributes {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  let windowStart = performance.now()
  // Node measures the time between two ticks of a timer, so a loop that is never late shows the timer's own interval.
  const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000)
  return () => {
    if (histogram.count === 0) return {}
    const attributes = {
      'nodejs.eventloop.delay.mean': seconds(histogram.mean),
      'nodejs.eventloop.delay.max': seconds(histogram.max),
    }
    if (performance.now() - windowStart > WINDOW_MS) {
      // Not at every reading: a reset loses the tick it happens in.
      histogram.reset()
      windowStart = performance.now()
    }
    return attributes
  }
}
