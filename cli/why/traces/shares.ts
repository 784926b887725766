/** Shares of a rise: each part of it belongs to the first finding that has it. */
import type { Changed } from '../changed.ts'
import type { Both, Rise, WhyFinding } from '../finding.ts'
import type { Failures } from './failing.ts'

/** What certainly rose, whose parts findings have: the mean duration, and the share of failing requests. */
export const risesOf = ({
  meanDifference,
  errorDifference,
  failing,
}: Pick<Changed, 'meanDifference' | 'errorDifference' | 'failing'>): Rise[] => [
  ...(meanDifference[0] > 0 ? (['duration'] as const) : []),
  ...(failing === 'rose' && errorDifference[0] > 0 ? (['failing'] as const) : []),
]

/** Shares of the rise in the mean duration, in ns. @returns the share of all findings */
export function shareOut(findings: WhyFinding[], rise: number): number {
  const taken = new Set<string>()
  let explained = 0
  for (const finding of findings) {
    if (!finding.parts?.size) continue
    const own = [...finding.parts].filter(([key]) => !taken.has(key))
    const sum = own.reduce((total, [, extra]) => total + extra, 0)
    const whole = [...finding.parts.values()].reduce((total, extra) => total + extra, 0)
    finding.repeated = sum < whole / 5
    if (finding.repeated) continue
    for (const [key] of own) taken.add(key)
    if (rise <= 0) continue
    finding.share = sum / rise
    explained += finding.share
  }
  return explained
}

/** Shares of the rise in failing requests. @returns the share of all findings */
export function shareFailures(
  failures: Failures,
  { requests, errors }: Pick<Changed, 'requests' | 'errors'>,
): number {
  const riseOf = (some: Both<number>) => some[1] / requests[1] - some[0] / requests[0]
  const rise = riseOf(errors)
  let explained = 0
  for (const [finding, { first }] of failures) {
    const share = riseOf(first) / rise
    // Requests that an earlier finding has, or that fail less often than before.
    if (share <= 0) continue
    finding.share = share
    explained += share
  }
  return explained
}
