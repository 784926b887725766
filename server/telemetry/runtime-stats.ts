/** A span around each request, with statistics of the runtime at its end. */
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

// The values of v8js.gc.type by V8's own numbers:
// https://opentelemetry.io/docs/specs/semconv/runtime/v8js-metrics/
const GC_TYPES = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])
// A minor mark-sweep, an alternative to the scavenger. Node has no constant for it.
GC_TYPES.set(2, 'minor')

const RESOLUTION_MS = 10
const WINDOW_MS = 1000

/** An entry of type `gc`, as Node documents it. @types/node lacks `detail`. */
interface CollectionEntry extends PerformanceEntry {
  detail: { kind: number }
}

/** Middleware that wraps each request in a span `runtime_stats`. */
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

/** Counts garbage collections and their seconds, by type, since the call. */
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
    // Node may not have delivered the collections of this request yet.
    add(observer.takeRecords())
    const attributes: Attributes = {}
    for (const [type, { count, milliseconds }] of totals) {
      attributes[`v8js.gc.${type}.count`] = count
      attributes[`v8js.gc.${type}.duration`] = milliseconds / 1000
    }
    return attributes
  }
}

/** Measures the event loop's delay in seconds, over about one second or since the last request. */
function watchEventLoop(): () => Attributes {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  let windowStart = performance.now()
  // Node measures the interval between timer ticks, so subtract the timer's own interval.
  const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000)
  return () => {
    if (histogram.count === 0) return {}
    const attributes = {
      'nodejs.eventloop.delay.mean': seconds(histogram.mean),
      'nodejs.eventloop.delay.max': seconds(histogram.max),
    }
    if (performance.now() - windowStart > WINDOW_MS) {
      // Not at every reading: a reset loses the current tick.
      histogram.reset()
      windowStart = performance.now()
    }
    return attributes
  }
}
