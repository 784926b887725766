/** What changed between two windows, in lines. */
import { shorten } from '../../render/text.ts'
import { formatNumber, plural } from '../../units/units.ts'
import type { Changed, Measured } from '../changed.ts'
import type { Both } from '../finding.ts'
import { lostLine } from '../traces/lost.ts'
import { digit, LONGEST, ns, partText, wholePercent } from './numbers.ts'

/**
 * What changed, a line each. @param begun of the window, in ns since 1970. @param isFound whether a finding is certain.
 * @param dated whether the window is of several days in UTC
 */
export function changedLines(
  changed: Changed,
  lengths: Both<string>,
  begun?: number,
  isFound = false,
  dated = false,
): string[] {
  const { requests, errors, errorDifference, quantiles, certain, slowest } = changed
  const { newTypes, goneTypes, failing, burst } = changed
  const line = (name: string, before: string, after: string, note = '') =>
    `${name.padEnd(9)} ${before} → ${after}${note && `  (${note})`}`
  const isEmpty = requests.includes(0)
  const shares = errors.map((some, i) =>
    requests[i] === 0 ? 0 : some / requests[i]!,
  ) as Both<number>
  const [low, high] = errorDifference.map(
    (limit) => `${limit > 0 ? '+' : ''}${(limit * 100).toFixed(1)}`,
  )
  const fell = failing === 'fell' ? ['Fewer requests fail.'] : []
  const source = changed.failuresFrom === 'logs' && errors[0] + errors[1] > 0 ? ' (error logs)' : ''
  return [
    line(
      'requests',
      ...(requests.map((some, i) => `${formatNumber(some)} in ${lengths[i]}`) as Both<string>),
    ),
    line(
      'failing',
      ...(shares.map((share, i) =>
        requests[i] === 0 ? '–' : `${digit(share)}${i === 1 ? source : ''}`,
      ) as Both<string>),
      isEmpty ? '' : `difference ${low} to ${high} points`,
    ),
    ...quantiles.map(({ level, before, after }) =>
      line(`p${level * 100}`, measured(before, requests[0]), measured(after, requests[1])),
    ),
    ...(slowest
      ? [
          `slowest   ${shorten(slowest.name, LONGEST)}: ${ns(slowest.before)} → ${ns(slowest.after)} on average`,
        ]
      : []),
    ...(burst && begun !== undefined
      ? [
          `when      ${partText({ ...burst, from: begun + burst.from, to: begun + burst.to }, dated)}: ${burst.slow} of ${plural(burst.all, 'slow request')}`,
        ]
      : []),
    ...mixLine(changed),
    ...lostLine(changed),
    ...typesLine('new', newTypes),
    ...typesLine('gone', goneTypes),
    ...(isEmpty ? [] : certain ? fell : isFound ? [PARTLY] : [unchanged(changed)]),
  ]
}

/** The type with most effect. Types that take as long as before change the mean by their number. */
function mixLine({ mix }: Changed): string[] {
  if (!mix) return []
  const { name, usual, added, part } = mix
  const changes = `${added > 0 ? 'rises' : 'falls'} to ${ns(usual + added)} from ${ns(usual)}`
  const [before, after] = mix.shares.map(wholePercent)
  const said = part.some((one) => one < NEARLY_ALL)
    ? `of the requests of types in both windows; by their mix alone, their mean ${changes}`
    : `of requests; by the mix alone, the mean ${changes}`
  return [`mix       ${shorten(name, LONGEST)}: ${before} → ${after} ${said}`]
}

/** What is printed as 100 %. */
const NEARLY_ALL = 0.995

const PARTLY = 'Requests as a whole did not change by more than chance, but a part of them did.'

/** Types to name. */
const TYPES_SHOWN = 3

const typesLine = (name: string, types: readonly string[]): string[] =>
  types.length === 0 ? [] : [`${name.padEnd(9)} ${typesNamed(types)}`]

/** The first types, and how many more there are. */
export function typesNamed(types: readonly string[]): string {
  const more = types.length - TYPES_SHOWN
  const named = types.slice(0, TYPES_SHOWN).map((type) => shorten(type, LONGEST))
  return `${named.join(', ')}${more > 0 ? ` and ${plural(more, 'more type')}` : ''}`
}

/** What holds where no type of request changed by itself. */
function unchanged({ failing, newTypes, goneTypes, mix }: Changed): string {
  if (failing === 'rose')
    return 'More requests fail overall, which no type of request explains alone.'
  if (failing === 'fell')
    return 'Fewer requests fail. No type of request became worse by more than chance.'
  const all = newTypes.length + goneTypes.length > 0 ? ' that both windows have' : ''
  return mix
    ? `The mix of requests changed. No type of request${all} did by more than chance.`
    : `No type of request${all} changed by more than chance.`
}

/** A duration with its limits. Of one or two requests the greatest is a limit of itself. */
export function measured({ value, low, high }: Measured, requests: number): string {
  if (requests === 0) return '–'
  if ((low === undefined || low === value) && high === undefined)
    return `${ns(value)} (too few for limits)`
  return `${ns(value)} (${low === undefined ? '…' : ns(low)} to ${high === undefined ? '…' : ns(high)})`
}

/** Where no finding is more than chance: what could have been seen. */
export function nothing(
  { requests, failing, slowest, certain, newTypes, goneTypes, mix, orphaned }: Changed,
  advice = '',
): string {
  const [before, after] = requests
  if (before === 0)
    return `Nothing to compare with: no requests in the baseline. ${advice}`.trimEnd()
  if (after === 0)
    return advice || `No requests in the window, and ${formatNumber(before)} in the baseline.`
  const least = Math.min(before, after)
  const small =
    least < 30
      ? `: ${plural(least, 'request')} ${least === 1 ? 'shows' : 'show'} only large changes`
      : ''
  const all = `${formatNumber(before + after)} requests${small}`
  if (failing === 'rose' || slowest) return `No single operation explains the change in ${all}.`
  if (failing === 'fell' || certain) return `Nothing became worse by more than chance in ${all}.`
  const said = [
    ...(newTypes.length + goneTypes.length > 0 ? ['types of request are new or gone'] : []),
    ...(mix ? ['the mix of requests changed'] : []),
    ...(orphaned ? ['spans are lost'] : []),
  ].join(', and ')
  return said === ''
    ? `No significant change in ${all}.`
    : `${said[0]!.toUpperCase()}${said.slice(1)}; no other significant change in ${all}.`
}
