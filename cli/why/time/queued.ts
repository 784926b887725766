/** Findings about messages that wait longer before they are taken: a queue that grows. */
import { type Both, mean, type WhyFinding } from '../finding.ts'
import { claimLimit, meanDifference, ratioZ, shiftZ } from '../tests.ts'
import type { Operation } from '../tree.ts'
import { excess } from './items.ts'
import type { Times } from './times.ts'

/** ns by which the clocks of a sender and a receiver may differ, and which all waits of a window may share for it. */
const CLOCKS = 500_000_000
const SLICE = 5_000_000_000
/** ns by which waits must grow; at least by the work on a message, since one before it may take that long. */
const LEAST = 50_000_000
/** A wait is long from this many times the usual 95th percentile on. */
const ABOVE_USUAL = 1.5

export function queuedFindings(
  { queued, total, traces }: Times,
  operations: readonly Operation[],
): WhyFinding[] {
  const limit = claimLimit(queued.size)
  const usual = total[0] / Math.max(1, traces[0])
  return [...queued].flatMap(
    ([operation, { sender, times: waits, starts, worked, longest }]): WhyFinding[] => {
      const offsets = waits.map(offsetOf) as Both<number>
      const times = waits.map((some, side) =>
        some.map((wait) => Math.max(0, wait - offsets[side]!)),
      ) as Both<number[]>
      const [before, after] = [mean(times[0]), mean(times[1])]
      const parts = times.map((some, side) => meansOf(some, starts[side]!)) as Both<number[]>
      const work = worked / Math.max(1, waits[0].length + waits[1].length)
      if (times[0].length < 3 || after - before < Math.max(LEAST, work)) return []
      const extra = ((after - before) * times[1].length) / traces[1]
      const { service, name } = operations[operation]!
      // The waits as they are measured, but for what all share since, which may be a clock.
      const measured = mean(waits[0])
      const shared = offsets[1] - offsets[0]
      const usual95 = waits[0].toSorted((a, b) => a - b)[Math.floor(0.95 * waits[0].length)]!
      const longFrom = Math.max(ABOVE_USUAL * usual95, measured + LEAST) + shared
      return [
        {
          kind: 'waiting between',
          ...{ service, name, peer: sender, detail: 'queued', unit: 'ns' },
          before: measured,
          after: measured + after - before,
          waits: { longFrom, shared },
          interval: meanDifference(times),
          count: times[1].length,
          spans: [times[0].length, times[1].length],
          traces: longest.map(({ trace }) => trace),
          score: (extra / (extra + usual)) * excess(Math.log(after / Math.max(1, before))),
          certain: Math.max(shiftZ(parts), ratioZ(parts)) > limit,
        },
      ]
    },
  )
}

/**
 * Marks findings that senders no longer call what takes their messages, behind one that messages wait: these are not
 * taken yet.
 */
export function markUntaken(findings: readonly WhyFinding[]): void {
  for (const [i, wait] of findings.entries()) {
    if (wait.detail !== 'queued' || !wait.waits || !wait.certain) continue
    const untaken = findings
      .slice(i + 1)
      .filter(
        ({ kind, peer, detail }) =>
          kind === 'no longer called' && peer === wait.service && detail === wait.name,
      )
    for (const one of untaken) one.repeated = true
    wait.waits.untaken = untaken.reduce((sum, { count }) => sum + count, 0)
  }
}

/** Mean waits of slices of time: messages wait for those before them, slices hardly do. */
function meansOf(waits: readonly number[], starts: readonly number[]): number[] {
  const slices = new Map<number, number[]>()
  for (const [i, wait] of waits.entries()) {
    const slice = Math.floor(starts[i]! / SLICE)
    const own = slices.get(slice)
    if (own) own.push(wait)
    else slices.set(slice, [wait])
  }
  return [...slices.values()].map(mean)
}

/** What nearly all waits share, as far as it may be a difference of clocks. */
function offsetOf(waits: readonly number[]): number {
  const sorted = waits.toSorted((a, b) => a - b)
  return Math.min(CLOCKS, sorted[Math.floor(sorted.length / 20)] ?? 0)
}
