/** Waits that end when a span of another request does: a lock, a pool, a queue. */
import type { Both, WhyFinding } from '../finding.ts'
import { claimLimit, proportionZ, shareDifference } from '../tests.ts'
import type { Operation, TraceRow } from '../tree.ts'

/** Waits of one operation to look at: the first claims need a dozen. */
const MOST_WAITS = 120
const FEWEST_WAITS = 10
/** ns below which a wait is not told from the noise of a scheduler. */
const SHORTEST = 5_000_000
/** A wait is longer than so many times what nineteen of twenty took before. */
const ABOVE_USUAL = 1.5
/** A holder ends at most this part of the wait before the wait does: a waiter may poll. */
const LATE = 0.05
/** ns between the clocks' readings of two ends that are one. */
const SAME = 1_000_000
/** Who is released together with a wait begins to hold at its end, not so many ns before. */
const TOGETHER = 250_000
/** Parts of a wait at which nothing should end, if its end is due to that. */
const ELSEWHERE = [0.15, 0.35, 0.55]
/** Share of the waits that must show it. */
const MOST = 0.75
/** By how much the number of holders during a wait may differ from the usual one. */
const STEADY = 0.3

interface Wait {
  trace: string
  start: number
  end: number
}

/** One operation during the waits. */
interface Held {
  operation: number
  /** ns that its spans of other traces hold, by wait: twice the wait for two at a time. */
  during: Float64Array
  /** Whether one of them ends as the wait does, and how many of the moments elsewhere have such an end. */
  released: Uint8Array
  elsewhere: Uint8Array
  /** Of the span that ends as the wait does and holds for the longest part of it: that part, and its duration. */
  longest: Float64Array
  durations: Float64Array
  traces: string[]
}

/**
 * Puts behind each finding of a slower operation the one about the spans of other traces that hold what it waits for,
 * and before it those about operations that hold it for longer: what waits is a consequence.
 *
 * A span holds from its start, or from the end of its own trace's last such wait, until its end. It is claimed where
 * the number that hold at a time is the same during nearly every wait, as for a lock that one at a time has, where
 * nearly every wait ends with one of them, and where they end then more often than at other moments of the same waits.
 * A pause of the whole process does not pass: how many spans of an operation it finds under way varies.
 * @param rows of the window; O(n log w) in its spans and the waits
 */
export function withBlockers(
  findings: readonly WhyFinding[],
  rows: Iterable<TraceRow>,
  { operations, usual }: { operations: readonly Operation[]; usual: (operation: number) => number },
): WhyFinding[] {
  const waiting = findings.filter(({ kind, certain }) => kind === 'slower' && certain).slice(0, 3)
  let all = [...findings]
  for (const finding of waiting) {
    const operation = operations.findIndex(
      ({ service, name }) => service === finding.service && name === finding.name,
    )
    const waits = waitsOf(rows, operation, Math.max(SHORTEST, ABOVE_USUAL * usual(operation)))
    if (waits.length < FEWEST_WAITS) continue
    const holding = holders(heldDuring(rows, operation, waits), waits)
    const [holder] = holding
    if (!holder) continue
    const isOf = ({ operation }: Held, { service, name }: WhyFinding) =>
      operations[operation]!.service === service && operations[operation]!.name === name
    // That the waits end with the named holder is certain, even if by itself it may be slower by chance.
    const causes = all.filter(
      (one) =>
        one.kind === 'slower' &&
        (isOf(holder, one) || (one.certain && holding.some((held) => isOf(held, one)))),
    )
    const place = all.indexOf(finding)
    const later = causes.filter((one) => all.indexOf(one) > place)
    for (const one of later) one.score = Math.max(one.score, finding.score)
    const others = all.filter((one) => !later.includes(one))
    const at = others.indexOf(finding)
    const blocked = blockedBy(finding, holder, operations[holder.operation]!, waits.length)
    all = [...others.slice(0, at), ...later, finding, blocked, ...others.slice(at + 1)]
  }
  return all
}

/** Spans of an operation that last longer than `least` and call nothing; evenly over the window if many. */
function waitsOf(rows: Iterable<TraceRow>, operation: number, least: number): Wait[] {
  const waits: Wait[] = []
  for (const { id, after, ids, parents, operations, starts, durations } of rows) {
    if (!after) continue
    let calling: Set<number> | undefined
    for (let i = 0; i < operations.length; i++) {
      if (operations[i] !== operation || durations[i]! <= least) continue
      calling ??= new Set(Array.from(parents))
      if (calling.has(ids[i]!)) continue
      waits.push({ trace: id, start: starts[i]!, end: starts[i]! + durations[i]! })
    }
  }
  waits.sort((a, b) => a.start - b.start)
  const step = waits.length / MOST_WAITS
  return step <= 1
    ? waits
    : Array.from({ length: MOST_WAITS }, (_, i) => waits[Math.floor(i * step)]!)
}

function heldDuring(rows: Iterable<TraceRow>, waiting: number, waits: readonly Wait[]): Held[] {
  const found = new Map<number, Held>()
  const began = waits.map(({ start }) => start)
  const longest = waits.reduce((most, { start, end }) => Math.max(most, end - start), 0)
  for (const row of rows) {
    if (!row.after) continue
    const { operations, starts, durations } = row
    const ends: number[] = []
    for (let i = 0; i < operations.length; i++)
      if (operations[i] === waiting) ends.push(starts[i]! + durations[i]!)
    ends.sort((a, b) => a - b)
    for (let i = 0; i < operations.length; i++) {
      if (operations[i] === waiting) continue
      const end = starts[i]! + durations[i]!
      const last = ends[firstAfter(ends, end) - 1] ?? starts[i]!
      const start = Math.max(starts[i]!, last)
      for (let w = firstAfter(began, start - longest - SAME); w < waits.length; w++) {
        const wait = waits[w]!
        if (wait.start > end) break
        if (wait.trace === row.id || wait.end + SAME < start) continue
        const held = found.get(operations[i]!) ?? newHeld(operations[i]!, waits.length)
        found.set(operations[i]!, held)
        addHold(held, { start, end, trace: row.id, duration: durations[i]! }, wait, w)
      }
    }
  }
  return [...found.values()]
}

const newHeld = (operation: number, waits: number): Held => ({
  operation,
  during: new Float64Array(waits),
  released: new Uint8Array(waits),
  elsewhere: new Uint8Array(waits),
  longest: new Float64Array(waits),
  durations: new Float64Array(waits),
  traces: [],
})

/** The position of the first of sorted times that is later than a time. */
function firstAfter(times: readonly number[], time: number): number {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (times[middle]! > time) high = middle
    else low = middle + 1
  }
  return low
}

function addHold(held: Held, own: Wait & { duration: number }, wait: Wait, w: number): void {
  const length = wait.end - wait.start
  const late = Math.max(SAME, LATE * length)
  const endsAt = (time: number) =>
    own.end >= time - late && own.end <= time + SAME && own.start < time - TOGETHER
  const during = Math.max(0, Math.min(own.end, wait.end) - Math.max(own.start, wait.start))
  held.during[w]! += during
  for (const [k, part] of ELSEWHERE.entries())
    if (endsAt(wait.start + part * length)) held.elsewhere[w]! |= 1 << k
  if (!endsAt(wait.end)) return
  held.released[w] = 1
  if (during > held.longest[w]!) {
    held.longest[w] = during
    held.durations[w] = own.duration
  }
  if (held.traces.length < 3 && !held.traces.includes(own.trace)) held.traces.push(own.trace)
}

const bits = (mask: number) => (mask & 1) + ((mask >> 1) & 1) + ((mask >> 2) & 1)
const sum = (values: Iterable<number>) => {
  let total = 0
  for (const value of values) total += value
  return total
}

/** Of those whose ends nearly all waits share, the one with the shortest spans first. */
function holders(
  all: readonly Held[],
  waits: readonly Wait[],
): (Held & { counts: Both<number> })[] {
  const limit = claimLimit(all.length)
  const n = waits.length
  return all
    .map((held) => ({
      ...held,
      counts: [sum([...held.elsewhere].map(bits)), sum(held.released)] as Both<number>,
    }))
    .filter(
      ({ counts, during }) =>
        counts[1] >= MOST * n &&
        isSteady(during, waits) &&
        proportionZ(counts, [ELSEWHERE.length * n, n]) > limit,
    )
    .sort((a, b) => sum(a.durations) / a.counts[1] - sum(b.durations) / b.counts[1])
}

/** Whether the same whole number of spans hold during nearly every wait. */
function isSteady(during: Float64Array, waits: readonly Wait[]): boolean {
  const counts = new Map<number, number>()
  for (const [w, { start, end }] of waits.entries()) {
    const atOnce = during[w]! / (end - start)
    const whole = Math.round(atOnce)
    if (whole > 0 && Math.abs(atOnce - whole) <= STEADY)
      counts.set(whole, (counts.get(whole) ?? 0) + 1)
  }
  return Math.max(0, ...counts.values()) >= MOST * waits.length
}

function blockedBy(
  { service, name, score }: WhyFinding,
  { counts, traces }: Held & { counts: Both<number> },
  holder: Operation,
  waits: number,
): WhyFinding {
  const spans: Both<number> = [ELSEWHERE.length * waits, waits]
  return {
    kind: 'blocked by',
    service,
    name,
    peer: holder.service,
    detail: holder.name,
    before: counts[0] / spans[0],
    after: counts[1] / spans[1],
    unit: 'percentunit',
    interval: shareDifference(counts, spans),
    count: counts[1],
    spans,
    traces,
    score: score * 0.99,
    certain: true,
  }
}
