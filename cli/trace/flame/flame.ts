/** Many traces merged by call path, with the self time of each path. */

import { exactSelf } from '../model/self-time.ts'
import type { Span, Trace } from '../model/trace.ts'
import { oneLine, serviceText } from '../text.ts'

/**
 * All calls of an operation by the same path of callers. Times are sums in ns, counts and times weighted as sampled.
 */
export interface Frame {
  service: string
  name: string
  calls: number
  errors: number
  /** Self time in ns (see self-time.ts). */
  self: number
  /** `self` with all digits; undefined where weights have fractions. */
  exactSelf: bigint | undefined
  /** Self time of it and all descendants in ns; the time of parallel children adds up. */
  total: number
  exactTotal: bigint | undefined
  depth: number
  parent: Frame | undefined
  children: Frame[]
}

export interface Flame {
  /** The common parent of all paths, not an operation. */
  root: Frame
  traces: number
  spans: number
}

/** Merges traces one after another, so that none stays in memory. */
export interface Merging {
  /**
   * Adds a trace: the subtrees of the topmost spans with these ids; without ids, of every span that has no
   * parent. Each stored span counts once.
   */
  add(trace: Trace, tops?: ReadonlySet<string>): void
  /** The result: children largest first. */
  flame(): Flame
}

export function mergeTraces(): Merging {
  const root = frame('', '', undefined)
  const byKey = new Map<Frame, Map<string, Frame>>()
  let traces = 0
  let count = 0

  const childOf = (parent: Frame, span: Span): Frame => {
    const key = `${span.row.service}\0${span.row.name}`
    const known = byKey.get(parent) ?? new Map<string, Frame>()
    byKey.set(parent, known)
    const same = known.get(key)
    if (same) return same
    const child = frame(span.row.service, span.row.name, parent)
    parent.children.push(child)
    known.set(key, child)
    return child
  }

  return {
    add({ spans }, tops) {
      traces++
      const frames: (Frame | undefined)[] = []
      for (const span of spans) {
        const above = span.parent && frames[span.parent.order]
        if (!above && (tops ? !tops.has(span.row.span_id) : span.parent)) continue
        const merged = childOf(above ?? root, span)
        frames[span.order] = merged
        const { weight } = span.row
        merged.calls += weight
        merged.errors += span.row.is_error ? weight : 0
        merged.self += span.self * weight
        if (merged.exactSelf !== undefined && Number.isInteger(weight)) {
          merged.exactSelf += whole(exactSelf(span)) * BigInt(weight)
        } else merged.exactSelf = undefined
        count++
      }
    },
    flame() {
      const all = inOrder(root)
      for (const one of all) {
        one.total = one.self
        one.exactTotal = one.exactSelf
      }
      for (let i = all.length - 1; i > 0; i--) {
        const { parent, total, exactTotal } = all[i]!
        parent!.total += total
        parent!.exactTotal = sum(parent!.exactTotal, exactTotal)
      }
      for (const one of all) one.children.sort(largestFirst)
      return { root, traces, spans: count }
    },
  }
}

/** Parents before children. */
export function inOrder(root: Frame): Frame[] {
  const frames: Frame[] = []
  const stack = [root]
  for (let one = stack.pop(); one; one = stack.pop()) {
    frames.push(one)
    for (let i = one.children.length - 1; i >= 0; i--) stack.push(one.children[i]!)
  }
  return frames
}

/**
 * Folded stacks, one line a path with self time: `web GET /;shop SELECT 1234` (µs), as flame graph tools read them
 * (https://github.com/brendangregg/FlameGraph). A semicolon in a name becomes a comma.
 */
export function* foldedStacks({ root }: Flame): Generator<string> {
  const paths = new Map<Frame, string>()
  for (const one of inOrder(root)) {
    if (!one.parent) continue
    const own = `${serviceText(one.service)} ${oneLine(one.name)}`.replaceAll(';', ',')
    const above = paths.get(one.parent)
    const path = above ? `${above};${own}` : own
    paths.set(one, path)
    const us = Math.round(one.self / 1e3)
    if (us > 0) yield `${path} ${us}`
  }
}

function frame(service: string, name: string, parent: Frame | undefined): Frame {
  const depth = parent ? parent.depth + 1 : 0
  return {
    service,
    name,
    calls: 0,
    errors: 0,
    self: 0,
    exactSelf: 0n,
    total: 0,
    exactTotal: 0n,
    depth,
    parent,
    children: [],
  }
}

const whole = (ns: number | bigint) => (typeof ns === 'bigint' ? ns : BigInt(Math.round(ns)))

const sum = (a: bigint | undefined, b: bigint | undefined) =>
  a === undefined || b === undefined ? undefined : a + b

/** The number, or its exact value where the number is rounded. */
export function withDigits(value: number, exact: bigint | undefined): number | bigint {
  return exact === undefined || value <= Number.MAX_SAFE_INTEGER ? value : exact
}

function largestFirst(a: Frame, b: Frame): number {
  return b.total - a.total || (a.service + a.name < b.service + b.name ? -1 : 1)
}
