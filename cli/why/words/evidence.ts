/** The numbers behind a finding, as short phrases. */
import { formatNumber, formatUnit, plural } from '../../units/units.ts'
import type { Analysis } from '../analyse.ts'
import { hostOf } from '../causes/shared-attribute.ts'
import { isFromNothing, type Rise, type Seen, shareOf, type WhyFinding } from '../finding.ts'
import { mixShare } from '../traces/mix.ts'
import { momentText, ns, partText, wholePercent } from './numbers.ts'

/** What is printed as 1 %. */
const LEAST_SHARE = 0.005

/** ns by which the shortest waits of two windows may differ anyway. */
const LEAST_SHARED = 20_000_000

/** Parts that others take back may exceed the whole. */
const part = (share: number) => (share >= 1 - LEAST_SHARE ? 'all' : wholePercent(share))

/** Share, evidence and certainty of a finding, as a list of short phrases. @param isBrief without numbers of spans */
export function evidence(finding: WhyFinding, isBrief = false): string[] {
  const { share, interval, unit, spans, certain, orLost, before, after, kind, alone, name } =
    finding
  const [low, high] = interval
  const difference = differenceOf(finding)
  const isShared = (share ?? 0) >= LEAST_SHARE
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
      : [`${part(share!)} of the ${shareOf(finding) === 'failing' ? RISES.failing : 'change'}`]),
    ...(finding.seen ? seenIn(finding.seen, finding.dated) : []),
    ...(ratio >= 1.1 ? [`${ratio >= 10 ? Math.round(ratio) : ratio.toPrecision(2)} ×`] : []),
    ...(alone && alone.type !== name
      ? [`only under ${alone.type}: ${ns(alone.before)} → ${ns(alone.after)}`]
      : []),
    ...(Math.abs(shared) >= LEAST_SHARED
      ? [
          `without ${formatUnit(Math.round(Math.abs(shared)), 'ns')} by which all waits ${shared > 0 ? 'grew' : 'fell'} alike, as where a clock is set`,
        ]
      : []),
    ...(finding.waits?.untaken
      ? [`${plural(finding.waits.untaken, 'more message')} not taken in the window`]
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

/** When a finding was seen, if not all the time. */
function seenIn({ first, last, isSince, isOver, most }: Seen, dated = false): string[] {
  if (isSince && isOver) return [`only ${partText({ from: first, to: last }, dated)}`]
  if (isSince) return [`since ${momentText(first, dated)}`]
  if (isOver) return [`none since ${momentText(last, dated)}`]
  return most ? [`mostly ${partText(most, dated)}`] : []
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
export const RISES: Record<Rise, string> = {
  duration: 'change in the mean duration',
  failing: 'rise in failing requests',
}

/** A line on the parts of the rises that findings explain. A rise that may be chance has no parts to explain. */
export function explained(
  shown: readonly WhyFinding[],
  { changed, rose, unexplainedFailing }: Pick<Analysis, 'changed' | 'rose' | 'unexplainedFailing'>,
): string[] {
  if (!rose || shown.length === 0) return []
  const shared = shown.filter(({ share }) => share !== undefined)
  if (shared.length === 0 && !changed.slowest) return []
  const rises: Rise[] =
    rose === 'duration' && unexplainedFailing !== undefined ? [rose, 'failing'] : [rose]
  const left = rises.map((rise) =>
    shared.reduce((rest, one) => rest - (shareOf(one) === rise ? one.share! : 0), 1),
  )
  const ofMix = rose === 'duration' ? mixShare(changed) : 0
  const mix =
    ofMix >= LEAST_SHARE ? `; another mix of requests makes up ${part(ofMix)} of the change` : ''
  if (left.some((part) => part >= LEAST_SHARE)) {
    const parts = rises.map(
      (rise, i) =>
        `${left[i]! < LEAST_SHARE ? 'none' : wholePercent(left[i]!)} of the ${RISES[rise]}`,
    )
    return [`Left unexplained: ${parts.join(', ')}${mix}.`]
  }
  const others = rose === 'duration' ? 'other parts became faster' : 'other failures became fewer'
  const all = shared.length === 1 ? 'This explains' : 'These explain'
  const rest = left[0]! < -0.05 ? `; ${others}` : ''
  return [`${all} all of the ${rises.map((rise) => RISES[rise]).join(' and of the ')}${rest}.`]
}
