/** The numbers behind a finding, as short phrases. */
import { formatNumber, formatUnit, plural } from '../../units/units.ts'
import type { Analysis } from '../analyse.ts'
import { hostOf } from '../causes/shared-attribute.ts'
import { ERRORS, isFromNothing, type WhyFinding } from '../finding.ts'
import { mixShare } from '../traces/mix.ts'
import { ns, wholePercent } from './numbers.ts'

/** What is printed as 1 %. */
const LEAST_SHARE = 0.005

/** ns by which the shortest waits of two windows may differ anyway. */
const LEAST_SHARED = 20_000_000

/** Parts that others take back may exceed the whole. */
const part = (share: number) => (share > 1 ? 'all' : wholePercent(share))

/** Share, evidence and certainty of a finding, as a list of short phrases. @param isBrief without numbers of spans */
export function evidence(finding: WhyFinding, isBrief = false): string[] {
  const { share, interval, unit, spans, certain, orLost, before, after, kind, alone, name } =
    finding
  const [low, high] = interval
  const difference = differenceOf(finding)
  const isShared = (share ?? 0) >= LEAST_SHARE
  const isOfFailing = ERRORS.has(kind)
  if (kind === 'blocked by')
    return [`${wholePercent(before)} of other moments in these waits do, ${difference}`]
  if (kind === 'garbage collection') return [difference]
  const ratio = unit === 'ns' && !isFromNothing(finding) ? after / before : 0
  // The limits are of one comparison, and chance is counted over all of them.
  const isSignificant = low > 0 || high < 0
  const shared = finding.waits?.shared ?? 0
  return [
    ...(!isShared
      ? []
      : [`${part(share!)} of ${isOfFailing ? 'the rise in failing requests' : 'the change'}`]),
    ...(ratio >= 1.1 ? [`${ratio >= 10 ? Math.round(ratio) : ratio.toPrecision(2)} ×`] : []),
    ...(alone && alone.type !== name
      ? [`only under ${alone.type}: ${ns(alone.before)} → ${ns(alone.after)}`]
      : []),
    ...(Math.abs(shared) >= LEAST_SHARED
      ? [
          `without ${formatUnit(Math.round(Math.abs(shared)), 'ns')} by which all waits ${shared > 0 ? 'grew' : 'fell'} alike, as where a clock is set`,
        ]
      : []),
    // Always so many more calls.
    ...(kind === 'slower throughout' || kind === 'slower everywhere' || low === high
      ? []
      : isBrief && isShared
        ? []
        : certain || orLost || !isSignificant
          ? [difference]
          : []),
    ...(isBrief
      ? []
      : kind === 'only some' || kind === 'one host'
        ? [`${plural(spans[1], 'affected span')}, ${plural(spans[0], 'other')}`]
        : [`${plural(spans[0], 'span')} before, ${formatNumber(spans[1])} after`]),
    ...(certain
      ? []
      : orLost
        ? ['may come from spans that are lost']
        : [`may be chance${isSignificant && !isBrief ? ' among so many comparisons' : ''}`]),
  ]
}

/** What to look at where the sentence alone does not say: possible causes of a kind. */
export function hint(finding: WhyFinding): string {
  const { kind, detail, attribute } = finding
  if (kind === 'unreachable') return 'whether it runs, its address, and the network to it'
  if (detail === 'queued' && kind === 'waiting between')
    return hostOf(finding)
      ? 'its clock first, then what that host does'
      : attribute === undefined
        ? 'consumers that are too few, too slow, or stopped'
        : ''
  if (kind === 'waiting between')
    return 'the network, a queue, a connection pool, or a process that did not get to it'
  if (kind === 'slower everywhere')
    return 'the machine, or what else all share: processor, memory, disk, another process'
  if (kind === 'slower throughout')
    return 'processor, memory, garbage collection, or a crowded host'
  return ''
}

/** The limits in the finding's unit: points of percent, as in the lines on what changed. */
function differenceOf({ interval, unit }: WhyFinding): string {
  const [low, high] = interval.map((limit) =>
    unit === 'percentunit'
      ? (100 * limit).toFixed(1)
      : formatUnit(unit === 'ns' ? Math.round(limit) : limit, unit),
  )
  return `difference ${low} to ${high}${{ ns: '', percentunit: ' points', short: ' calls' }[unit]}`
}

/** What shares are of. */
export const RISES = {
  duration: 'change in the mean duration',
  failing: 'rise in failing requests',
} as const

/** A line on the part of the rise that findings explain. A rise that may be chance has no parts to explain. */
export function explained(
  shown: readonly WhyFinding[],
  { changed, rose: whatRose }: Pick<Analysis, 'changed' | 'rose'>,
): string[] {
  if (!whatRose || shown.length === 0) return []
  const shares = shown.flatMap(({ share }) => share ?? [])
  if (shares.length === 0 && !changed.slowest) return []
  const of = RISES[whatRose]
  const left = 1 - shares.reduce((sum, share) => sum + share, 0)
  const ofMix = whatRose === 'duration' ? mixShare(changed) : 0
  const mix =
    ofMix >= LEAST_SHARE ? `; another mix of requests makes up ${part(ofMix)} of the change` : ''
  if (left >= LEAST_SHARE) return [`Left unexplained: ${wholePercent(left)} of the ${of}${mix}.`]
  const others =
    whatRose === 'duration' ? 'other parts became faster' : 'other failures became fewer'
  return [
    `${shares.length === 1 ? 'This explains' : 'These explain'} all of the ${of}${left < -0.05 ? `; ${others}` : ''}.`,
  ]
}
