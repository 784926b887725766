/** Many traces as one: spans with the same path of callers merged, and where their self time went; used by `commands/flame.ts`. */
import { oneLine } from './text.ts'
import type { Span, Trace } from './tree.ts'

/** All calls of an operation by the same path of callers. Times are sums in ns, counts and times weighted as sampled. */
export interface Frame {
  service: string
  name: string
  calls: number
  errors: number
  /** Time in which it was at work itself (see self.ts). */
  self: number
  /** Its self time and that of everything beneath it: what parallel children did counts for each of them. */
  total: number
  depth: number
  parent: Frame | undefined
  children: Frame[]
}

export interface Flame {
  /** Not an operation: what all begin under. */
  root: Frame
  traces: number
  spans: number
}

/** Merges traces one after the other, so that none of them has to be kept. */
export interface Merging {
  /**
   * Adds a trace: what is beneath the spans of these ids, as far up as they go; without ids, beneath every span that has no
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
        count++
      }
    },
    flame() {
      const all = inOrder(root)
      for (const one of all) one.total = one.self
      for (let i = all.length - 1; i > 0; i--) all[i]!.parent!.total += all[i]!.total
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
    const own = oneLine(`${one.service} ${one.name}`).replaceAll(';', ',')
    const above = paths.get(one.parent)
    const path = above ? `${above};${own}` : own
    paths.set(one, path)
    const us = Math.round(one.self / 1e3)
    if (us > 0) yield `${path} ${us}`
  }
}

function frame(service: string, name: string, parent: Frame | undefined): Frame {
  const depth = parent ? parent.depth + 1 : 0
  return { service, name, calls: 0, errors: 0, self: 0, total: 0, depth, parent, children: [] }
}

function largestFirst(a: Frame, b: Frame): number {
  return b.total - a.total || (a.service + a.name < b.service + b.name ? -1 : 1)
}
