/** The critical path of a trace: a partition of its time among its spans. */
import type { Segment, Span } from './trace.ts'

/** Siblings that overlap by less than this part of the shorter one ran one after another. */
const OVERLAP = 1 / 4

export interface CriticalPath {
  /** Earliest first. */
  segments: Segment[]
  /** ns that they add up to: the duration of the main span, if it is a root. */
  duration: number
}

/**
 * The critical path. Sets `critical` of every span.
 *
 * Definition. The path assigns every nanosecond of the main span (the longest root) to one span.
 * It is walked backwards from the end:
 * - In a span, the path enters the child that ended last, at the point reached or before, leaves it
 *   at its start, and goes on from there.
 * - Between the end of that child and the point reached, the path is in a child that still runs (of
 *   several, the first to end), and in the span itself where none runs.
 * - A child is cut at the start and the end of its parent, so what outlives its parent is left out.
 * - Siblings that overlap by less than a quarter of the shorter one ran one after another.
 *
 * So the segments add up to the duration of the main span, exactly, and no span has more of the path
 * than its self time (see self-time.ts). The walk uses corrected clocks (see clock-skew.ts). Orphans
 * that start within the root count as its children, since the span between them is lost. Where no
 * root is stored, the path covers the time in which spans without a parent run: what lies between
 * them is of no stored span.
 *
 * Source: the backward walk over last-finishing children of CRISP (Zhang et al., "CRISP: Critical
 * Path Analysis of Large-Scale Microservice Architectures", USENIX ATC 2022), with equal ends,
 * overlaps and late ends added.
 *
 * O(n log n) where siblings run one after another.
 */
export function criticalPath(spans: Span[], main: Span): CriticalPath {
  const orphaned = main.place === 'orphan'
  const top = orphaned ? lostRoot(main, spans) : withOrphans(main, spans)
  const first = orphaned ? top : main
  const sorted = new Map<Span, Span[]>()
  const lastFirst = (span: Span): readonly Span[] => {
    const { children: unsorted } = span === first ? top : span
    if (unsorted.length < 2) return unsorted
    const known = sorted.get(span)
    if (known) return known
    const children = [...unsorted].sort(byEnd)
    sorted.set(span, children)
    return children
  }
  const segments: Segment[] = []
  const stack: Leg<Span>[] = [{ span: first, from: top.start, to: top.end, own: false }]
  for (let part = stack.pop(); part; part = stack.pop()) {
    const { span, from, to } = part
    if (part.own || lastFirst(span).length === 0) {
      if (from === to || (orphaned && span === top)) continue
      segments.push({ span, from, to })
      span.critical += to - from
    } else {
      const parts = divide(part, lastFirst(span))
      for (let i = parts.length - 1; i >= 0; i--) stack.push(parts[i]!)
    }
  }
  const covered = segments.reduce((sum, { from, to }) => sum + to - from, 0)
  return { segments: segments.reverse(), duration: orphaned ? covered : top.end - top.start }
}

/** Times of a span in ns. */
export interface Running {
  start: number
  end: number
  duration: number
}

export interface Leg<S extends Running> {
  span: S
  from: number
  to: number
  /** Spent in the span itself, not in its children. */
  own: boolean
}

/**
 * A part of a span as parts of its own and of its children, the latest first.
 * @param children those that end last first
 */
export function divide<S extends Running>(
  { span, from, to }: Omit<Leg<S>, 'own'>,
  children: readonly S[],
): Leg<S>[] {
  const parts: Leg<S>[] = []
  /** Children that end after `at`, the first to end on top. */
  const late: S[] = []
  let next = 0
  let at = to
  let after: S | undefined
  const add = (child: S, down: number) => {
    if (down < at) parts.push({ span: child, from: down, to: at, own: child === span })
    at = Math.min(at, down)
  }
  const runningAt = () => {
    while (late.length > 0 && late.at(-1)!.start >= at) late.pop()
    return late.at(-1)
  }
  const addBeside = (down: number) => {
    while (at > down) {
      const child = runningAt()
      add(child ?? span, child ? Math.max(down, child.start) : down)
    }
  }
  while (at > from) {
    for (; next < children.length && children[next]!.end > at; next++) late.push(children[next]!)
    const running = runningAt()
    const ended = children[next]
    const lapping = running && ended?.end !== at && isLapping(running, at, after)
    const child = lapping ? running : ended
    if (!child || child.end <= from) break
    if (lapping) late.pop()
    else next++
    addBeside(Math.min(at, child.end))
    add(child, Math.max(from, child.start))
    after = child
  }
  addBeside(from)
  return parts
}

function byEnd(a: Span, b: Span): number {
  return b.end - a.end || a.start - b.start || a.order - b.order
}

/** Whether it ends only slightly after `at`, the start of the next sibling or the end of the parent. */
function isLapping({ end, duration }: Running, at: number, after: Running | undefined): boolean {
  return end - at < OVERLAP * Math.min(duration, after?.duration ?? duration)
}

/** The root with the orphans that start within it as its children. */
function withOrphans(root: Span, spans: Span[]): Span {
  if (root.place !== 'root') return root
  const orphans = spans.filter(({ place, start }) => {
    return place === 'orphan' && start >= root.start && start < root.end
  })
  return orphans.length === 0 ? root : { ...root, children: [...root.children, ...orphans] }
}

/** A substitute for a missing root: a span around all spans without a parent. */
function lostRoot(main: Span, spans: Span[]): Span {
  const children = spans.filter(({ parent }) => !parent)
  const start = children.reduce((first, one) => Math.min(first, one.start), main.start)
  const end = children.reduce((last, one) => Math.max(last, one.end), main.end)
  return { ...main, start, end, children }
}
