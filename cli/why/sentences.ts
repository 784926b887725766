/** Findings and changes as sentences. */
import { serviceName } from '../render/cell.ts'
import { shorten } from '../render/text.ts'
import { formatNumber, formatUnit, plural } from '../units/units.ts'
import type { Changed, Measured } from './changed.ts'
import { type Both, isFromNothing, type WhyFinding } from './finding.ts'
import { lostLine } from './traces/lost.ts'

const ns = (value: number) => formatUnit(Math.round(value), 'ns')
const percent = (share: number) => `${Math.round(share * 100)}%`
const digit = (share: number) =>
  share === 0 || share === 1 ? `${100 * share}%` : `${(share * 100).toFixed(1)}%`

/** What a finding says, in one sentence without its numbers' intervals. */
export const sentence = (finding: WhyFinding): string => sentenceOf(withShortNames(finding))

/** Columns of a name within a sentence. */
const LONGEST = 80
const NAMES = ['service', 'name', 'peer', 'detail', 'attribute'] as const

const withShortNames = (finding: WhyFinding): WhyFinding => ({
  ...finding,
  ...Object.fromEntries(NAMES.map((key) => [key, finding[key] && shorten(finding[key], LONGEST)])),
  ...(finding.others && { others: finding.others.map((one) => shorten(one, LONGEST)) }),
})

function sentenceOf(finding: WhyFinding): string {
  const { kind, name, peer = '', detail = '', before, after, spans } = finding
  const [service, other] = [serviceName(finding.service), serviceName(peer)]
  const ofPeer = other === service ? '' : ` of ${other}`
  const [, of] = spans
  switch (kind) {
    case 'slower':
      return `${name} in ${service} takes ${ns(after)} by itself instead of ${isFromNothing(finding) ? 'almost nothing' : ns(before)}`
    case 'slower throughout':
      return `${service} is slower in ${detail}: ${ns(after)} each instead of ${ns(before)}`
    case 'slower everywhere':
      return `everything is slower, in ${detail} of all services: ${ns(after)} each instead of ${ns(before)}`
    case 'waiting between':
      if (detail === 'queued')
        return `messages from ${other} wait ${ns(after)} before ${service} takes them, instead of ${isFromNothing(finding) ? 'almost nothing' : ns(before)}`
      return waits(finding)
    case 'blocked by':
      return `${name} in ${service} waits for ${detail}${other === service ? '' : ` in ${other}`} of other requests: ${finding.count} of ${plural(of, 'wait')} end when one of them does`
    case 'garbage collection':
      return `garbage collection takes ${percent(after)} of the time of ${service}, instead of ${digit(before)}`
    case 'more calls':
      return `${detail} calls ${name}${ofPeer} ${times(after)} instead of ${times(before)}`
    case 'one after another':
      return `${name} in ${service} makes ${finding.fewer ? 'fewer of ' : ''}its calls of ${detail}${ofPeer} ${finding.fewer ? 'at once' : 'one after another, no longer at once'}: its calls take ${ns(after)} instead of ${ns(before)}`
    case 'errors begin here': {
      const earlier = before > 0 ? ` (before in ${percent(before)})` : ', before in none'
      if (finding.ends)
        return `${name} in ${service} ends early in ${finding.count} of ${plural(of, 'span')}${earlier}, and its caller fails`
      if (peer !== '')
        return `${name} in ${service} fails in ${finding.count} of ${plural(of, 'span')}${earlier}, without its usual call of ${detail}${ofPeer}`
      return `${name} in ${service} fails in ${finding.count} of ${plural(of, 'span')}${earlier}${detail === '' ? '' : `: ${clean(detail)}`}`
    }
    case 'new error':
      return `${name} in ${service} fails with “${clean(detail)}” in ${plural(finding.count, 'span')} of ${formatNumber(of)}${before > 0 ? ` (before in ${percent(before)})` : ', before in none'}`
    case 'unreachable':
      return `${finding.count} of ${plural(of, 'call')} of ${service} by ${listed((finding.others ?? []).map(serviceName))} fail before they reach it${before > 0 ? ` (before ${percent(before)})` : ', before none'}${detail === '' ? '' : `: ${clean(detail)}`}`
    case 'new log or event':
      return `${name} in ${service} now says “${clean(detail)}” in ${finding.count} of ${plural(of, 'span')}${before > 0 ? ` (before in ${percent(before)})` : ', before in none'}`
    case 'no longer called':
      return peer === ''
        ? `${name} in ${service} ends early in ${finding.count} of ${plural(of, 'span')}${detail === '' ? '' : `: it no longer logs “${clean(detail)}”`}`
        : `${name} in ${service} no longer calls ${detail}${ofPeer} in ${finding.count} of ${plural(of, 'span')}`
    case 'newly called':
      return `${name} in ${service} now calls ${detail}${ofPeer} in ${finding.count} of ${plural(of, 'span')}${before > 0 ? ` (before in ${percent(before)})` : ', before in none'}`
    case 'only some':
      return `${after > 0.99 ? 'only' : 'mostly'} where ${[finding.attribute, detail].filter(Boolean).map(where).join(' and ')}: ${percent(after)} of the affected spans, ${percent(before)} of the others${twins(finding)}`
    case 'one host':
      return `${detail} are affected on ${finding.attribute} alone: it has ${percent(after)} of the affected spans, ${percent(before)} of the others`
    case 'new version':
      return `${service} has a new version since ${clock(detail)}: ${finding.attribute}, ${percent(after)} of its spans`
    case 'restarted':
      return `${service} restarted at ${clock(detail)}: ${finding.attribute} ${finding.attribute?.startsWith('1 ') ? 'is' : 'are'} new`
  }
}

/** Time that passes between services. */
function waits({ service, peer = '', detail, others = [peer], before, after }: WhyFinding) {
  const [own, ends] = [[serviceName(service)], others.map(serviceName)]
  const [callers, callees] = detail === 'called' ? [ends, own] : [own, ends]
  const verb = callers.length > 1 ? 'wait' : 'waits'
  const works = callees.length > 1 ? 'they work' : `${callees[0]} works`
  return `${listed(callers)} ${verb} ${ns(after)} longer for ${listed(callees)} than ${works}, instead of ${ns(before)}`
}

/** `region=eu`, `region is absent`, `region is set`. */
const where = (attribute = '') =>
  attribute.replace(/ absent$/, ' is absent').replace(/ present$/, ' is set')

/** At most two attributes that the same spans have. */
const twins = ({ others = [] }: WhyFinding) =>
  others.length === 0 ? '' : `; the same spans have ${listed(others.slice(0, 2))}`

/** `a`, `a and b`, `a, b and c`, `a and 3 others`. */
const listed = (names: readonly string[]) =>
  names.length > 3
    ? `${names[0]} and ${names.length - 1} others`
    : [names.slice(0, -1).join(', '), ...names.slice(-1)]
        .filter((text) => text !== '')
        .join(' and ')

/** The time of day of ns since 1970. */
const time = (ns: number) => new Date(ns / 1e6).toISOString().slice(11, 19)

/** The time of day of an ISO time. */
const clock = (iso: string) => `${iso.slice(11, 19)} UTC`

/** Rounded to tenths, from ten on to ones. */
function times(calls: number): string {
  const rounded = calls < 10 ? Math.round(10 * calls) / 10 : Math.round(calls)
  return rounded === 1 ? 'once' : rounded === 2 ? 'twice' : `${formatNumber(rounded)} times`
}

/** Words that are kept of a line: see `line_pattern`. */
const WORDS = 12

/** A log line without the masked time and ids at its start. */
const clean = (text: string) =>
  text
    .replace(/^(?:[^\p{L}[]*\s)+/u, '')
    .replace(/(?:TraceID: \* SpanID: \* )/, '')
    .replace(/\s+/g, ' ') + (text.split(' ').length < WORDS ? '' : ' …')

/**
 * What changed, a line each. @param begun of the window, in ns since 1970. @param isFound whether a finding is certain
 */
export function changedLines(
  changed: Changed,
  lengths: Both<string>,
  begun?: number,
  isFound = false,
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
    ...[...mixLine(changed), ...lostLine(changed)],
    ...(burst && begun !== undefined
      ? [
          `when      ${time(begun + burst.from)} to ${time(begun + burst.to)} UTC: ${burst.slow} of ${plural(burst.all, 'slow request')}`,
        ]
      : []),
    ...typesLine('new', newTypes),
    ...typesLine('gone', goneTypes),
    ...(isEmpty ? [] : certain ? fell : isFound ? [PARTLY] : [unchanged(changed)]),
  ]
}

function mixLine({ mix, mean: [usual] }: Changed): string[] {
  if (!mix) return []
  const { name, added } = mix
  const took = `the mean ${added > 0 ? 'rises' : 'falls'} to ${ns(usual + added)} from ${ns(usual)}`
  const [before, after] = mix.shares.map(percent)
  return [
    `mix       ${shorten(name, LONGEST)}: ${before} → ${after} of requests; by this alone, ${took}`,
  ]
}

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
  if (mix) return 'The mix of requests changed. No type of request did by more than chance.'
  return newTypes.length + goneTypes.length > 0
    ? 'No type of request that both windows have changed by more than chance.'
    : 'No type of request changed by more than chance.'
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
  { requests, failing, slowest, certain, ...types }: Changed,
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
  if (types.newTypes.length + types.goneTypes.length > 0)
    return `Types of request are new or gone; no other significant change in ${all}.`
  if (types.mix) return `Nothing but the mix of requests changed by more than chance in ${all}.`
  return `No significant change in ${all}.`
}
