/** Findings about how often one operation calls another, and about calls that are new. */
import { type Called, type Calls, calledIn, type Sums } from '../calls.ts'
import { type Both, mean, type WhyFinding } from '../finding.ts'
import {
  claimLimitOf,
  leastOfOrder,
  leastOfShares,
  meanDifference,
  proportionZ,
  shareDifference,
  shiftZ,
} from '../tests.ts'
import { hasGrown } from '../time/grown.ts'
import type { Times } from '../time/times.ts'
import type { Operation } from '../tree.ts'

/** More calls count from this ratio of calls on, fewer where they certainly explain why requests take longer. */
const MORE = Math.log(1.5)
const LEAST_SCORE = 0.02

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

export function callFindings(
  { called, parents }: Calls,
  times: Times,
  operations: readonly Operation[],
): WhyFinding[] {
  const usual = times.total[0] / Math.max(1, times.traces[0])
  const { findings, added } = newlyCalled({ called, parents }, times, operations)
  const tested = [...called.values()].filter(({ parent, operation, by, calls }) => {
    // Client spans that call something new are not more calls of the same.
    const isNew = (added.get(`${parent} ${operation}`) ?? 0) > (sum(calls[1]) - calls[1].length) / 2
    return by.size === 0 && !isNew && calls.every(({ length }) => length >= 3)
  })
  const limit = claimLimitOf(tested.map(({ calls }) => leastOfOrder(calls)))
  const moreCalls = tested.flatMap((one): WhyFinding[] => {
    const { parent, operation, part, calls, traces } = one
    const [before, after] = calls
    const ratio = Math.log(mean(after) / mean(before))
    const each = mean(one.spent[0]) / mean(before)
    const perRequest = after.length / times.traces[1]
    // What they would take as usual: calls that fail at once are as likely a cause.
    const worth = each * (mean(after) - mean(before)) * perRequest
    const certain = shiftZ(calls) > limit
    const extra = extraTime(one)
    const isMuch = ratio >= MORE
    if (!isMuch && !(certain && hasGrown({ ...one, ratio, typical: ratio, extra, each }, 0, limit)))
      return []
    const score = (worth / (worth + usual)) * (1 - Math.exp(-ratio))
    const { service, name } = operations[calledIn(part ?? operation)]!
    return [
      {
        kind: 'more calls',
        service: operations[parent]!.service,
        name,
        peer: service,
        detail: operations[parent]!.name,
        parts: new Map([[`calls ${parent} ${operation}`, extra * perRequest]]),
        before: mean(before),
        after: mean(after),
        unit: 'short',
        interval: meanDifference(calls),
        count: after.length,
        spans: [before.length, after.length],
        traces,
        score: isMuch ? score : Math.max(score, LEAST_SCORE),
        grew: !isMuch,
        certain,
      },
    ]
  })
  return [...moreCalls, ...findings]
}

/**
 * ns of a parent that more calls take. Those that fail and are tried again may take hardly any time, so they have a
 * price of their own.
 */
function extraTime({ calls, spent, failed }: Called): number {
  const sums = failed.map((some, side) => {
    const { length } = calls[side]!
    const bad = { calls: some.calls / length, spent: some.spent / length }
    const good = { calls: mean(calls[side]!) - bad.calls, spent: mean(spent[side]!) - bad.spent }
    return { bad, good }
  })
  const [before, after] = sums as Both<(typeof sums)[number]>
  const extra = extraOf(before.good, after.good) + extraOf(before.bad, after.bad)
  // What failing calls take beyond the usual is what a slower operation or a wait below them has.
  const usual = mean(spent[0]) / mean(calls[0])
  return Math.max(0, Math.min(extra, usual * (mean(calls[1]) - mean(calls[0]))))
}

/** At what one took before, so that slower calls are apart; of more calls at most what all take longer. */
function extraOf(before: Sums, after: Sums): number {
  const longer = after.spent - before.spent
  if (before.calls === 0) return longer
  const usual = (before.spent / before.calls) * (after.calls - before.calls)
  return usual > 0 ? Math.max(0, Math.min(usual, longer)) : usual
}

/** Calls are new if fewer than so many of the spans before had them. */
const RARE = 0.1

/**
 * Operations that few spans called before: the mirror of calls that are gone.
 * @returns also the calls after by client spans that do, by caller and client span
 */
function newlyCalled(
  { called, parents }: Omit<Calls, 'keys'>,
  times: Times,
  operations: readonly Operation[],
): { findings: WhyFinding[]; added: Map<string, number> } {
  const added = new Map<string, number>()
  const isCalledThrough = new Set(
    [...called.values()].flatMap(({ parent, by }) =>
      [...by.keys()].map((one) => `${parent} ${one}`),
    ),
  )
  const countsOf = ({ calls }: Called) => calls.map(({ length }) => length) as Both<number>
  const tested = [...called.values()].filter(
    ({ parent, operation }) =>
      // What client spans call says it better than they do.
      !isCalledThrough.has(`${parent} ${operation}`) &&
      // A parent that is new itself has called nothing before.
      parents.get(parent)![0] >= 3,
  )
  const limit = claimLimitOf(
    tested.map((one) => leastOfShares(countsOf(one), parents.get(one.parent)!)),
  )
  const usual = times.total[0] / Math.max(1, times.traces[0])
  const findings = tested.flatMap((one): WhyFinding[] => {
    const { parent, operation, by, part, spent, traces, newTraces } = one
    const callee = operations[calledIn(part ?? operation)]!
    const counts = countsOf(one)
    const totals = parents.get(parent)!
    const [before, after] = counts.map((n, i) => n / Math.max(1, totals[i]!)) as Both<number>
    if (before > RARE || after < 2 * before) return []
    if (proportionZ(counts, totals) <= limit) return []
    for (const [client, calls] of by) {
      const key = `${parent} ${client}`
      added.set(key, (added.get(key) ?? 0) + calls)
    }
    const extra = mean(spent[1]) * (after - before) * (totals[1] / Math.max(1, times.traces[1]))
    const { service, name } = operations[parent]!
    return [
      {
        kind: 'newly called',
        service,
        name,
        peer: callee.service,
        detail: callee.name,
        parts: new Map([[`new ${parent} ${operation}`, extra]]),
        before,
        after,
        unit: 'percentunit',
        interval: shareDifference(counts, totals),
        count: counts[1],
        spans: totals,
        traces: newTraces.length > 0 ? newTraces : traces,
        score: (extra / (extra + usual)) * (after - before),
        certain: true,
      },
    ]
  })
  return { findings, added }
}
