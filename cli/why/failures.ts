/** Findings about errors, and about calls that stopped. */

import { calledIn } from './calls.ts'
import { type Shaped, STATUS } from './deviation.ts'
import type { Both, WhyFinding } from './finding.ts'
import type { Places } from './shapes.ts'
import { claimLimitOf, leastOfShares, proportionZ, shareDifference } from './tests.ts'
import type { LogLine, Operation } from './tree.ts'
import { unevennessIn } from './uneven.ts'

/** What stops without an error counts less: a request may have taken another way. */
const WITHOUT_ERROR = 0.7

/** Findings, in no order, at most one of each kind for an operation. */
export function failureFindings(
  places: Places,
  operations: readonly Operation[],
  lines: readonly LogLine[],
): WhyFinding[] {
  const limit = claimLimitOf([
    ...new Map(
      [...places.all.values()].flatMap(({ service, name, origins, spans }) =>
        // An operation with one caller is there twice.
        Object.entries(origins).map(([kind, counts]) => [
          [kind, service, name, counts, spans].join(' '),
          leastOfShares(counts, spans),
        ]),
      ),
    ).values(),
  ])
  const unevenOf = unevennessIn(places.requests)
  const best = new Map<string, WhyFinding>()
  for (const place of places.all.values()) {
    for (const kind of ['error', 'lost'] as const) {
      const counts = place.origins[kind]
      const interval = shareDifference(counts, place.spans)
      if (interval[0] <= 0 || place.spans[0] === 0) continue
      const [before, after] = counts.map((count, i) => count / place.spans[i]!) as Both<number>
      // Between the lower limit, which is hard on few spans, and the share itself.
      const score =
        Math.sqrt(interval[0] * (after - before)) * (kind === 'error' ? 1 : WITHOUT_ERROR)
      const { service, name } = place
      const uneven = unevenOf(place.before[kind])
      const z = proportionZ(counts, place.spans) / Math.sqrt(uneven)
      const key = `${kind} ${service} ${name}`
      if ((best.get(key)?.score ?? 0) >= score) continue
      best.set(key, {
        kind: kind === 'error' ? 'errors begin here' : 'no longer called',
        service,
        name,
        ...detailOf(place, kind, operations, lines),
        before,
        after,
        unit: 'percentunit',
        interval,
        count: counts[1],
        spans: place.spans,
        traces: place.traces,
        score,
        certain: z > limit,
      })
    }
  }
  return [...best.values()]
}

/**
 * The part that most more of the spans deviate by than before: an error line first, or what is missing. The most
 * frequent one may be as frequent as ever. A span with an error status fails, whatever it misses.
 */
function detailOf(
  { parts, spans }: Shaped,
  kind: 'error' | 'lost',
  operations: readonly Operation[],
  lines: readonly LogLine[],
) {
  const read = [...parts]
    .map(([part, [before, after]]) => ({
      missing: part.startsWith('-'),
      number: Number(part.slice(1)),
      more: after - (before * spans[1]) / spans[0],
    }))
    .sort((a, b) => b.more - a.more)
  const isError = ({ missing, number }: (typeof read)[number]) =>
    !missing && number < 0 && lines[-1 - number]?.isError
  const own = read.filter(isError)
  const missed = read.filter(({ missing, number }) => missing && number !== STATUS)
  const status = read.find(({ missing, number }) => !missing && number === STATUS)
  const isFailed = status !== undefined && status.more >= (missed[0]?.more ?? 0)
  const ends = kind === 'error' && own.length === 0 && !isFailed
  const [top] = own.length > 0 ? own : missed
  // A line that is missing is not what a failing span says.
  if (kind === 'error' && isFailed && top?.missing && top.number < 0) return {}
  const early = ends ? { ends } : {}
  if (!top) return early
  if (top.number < 0) return { ...early, detail: lines[-1 - top.number]?.text ?? '' }
  const { service, name } = operations[calledIn(top.number)]!
  return { ...early, detail: name, peer: service }
}
