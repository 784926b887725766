/** Findings as sentences. */
import { serviceName } from '../../render/cell.ts'
import { shorten } from '../../render/text.ts'
import { formatNumber, plural } from '../../units/units.ts'
import { hostOf } from '../causes/shared-attribute.ts'
import { isFromNothing, type WhyFinding } from '../finding.ts'
import { digit, LONGEST, momentText, ns, wholePercent } from './numbers.ts'

/** What a finding says, in one sentence without its numbers' intervals. */
export const sentence = (finding: WhyFinding): string => sentenceOf(withShortNames(finding))

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
    case 'slower': {
      const above =
        detail === '' ? '' : `, but only where ${detail}${ofPeer} fails: it may pause and try again`
      return `${name} in ${service} takes ${ns(after)} by itself instead of ${isFromNothing(finding) ? 'almost nothing' : ns(before)}${above}`
    }
    case 'slower throughout':
      return `${service} is slower in ${detail}: ${ns(after)} each instead of ${ns(before)}`
    case 'slower everywhere':
      return `everything is slower, in ${detail} of all services: ${ns(after)} each instead of ${ns(before)}`
    case 'waiting between':
      return detail === 'queued' ? queued(finding) : waits(finding)
    case 'blocked by':
      return `${name} in ${service} waits for ${detail}${other === service ? '' : ` in ${other}`} of other requests: ${finding.count} of ${plural(of, 'wait')} end when one of them does`
    case 'garbage collection':
      return `garbage collection takes ${wholePercent(after)} of the time of ${service}, instead of ${digit(before)}`
    case 'more calls':
      return `${detail} calls ${name}${ofPeer} ${times(after)} instead of ${times(before)}`
    case 'one after another':
      return `${name} in ${service} makes ${finding.fewer ? 'fewer of ' : ''}its calls of ${detail}${ofPeer} ${finding.fewer ? 'at once' : 'one after another, no longer at once'}: its calls take ${ns(after)} instead of ${ns(before)}`
    case 'errors begin here': {
      const earlier = before > 0 ? ` (before in ${wholePercent(before)})` : ', before in none'
      if (finding.ends)
        return `${name} in ${service} ends early in ${finding.count} of ${plural(of, 'span')}${earlier}, and its caller fails`
      if (peer !== '')
        return `${name} in ${service} fails in ${finding.count} of ${plural(of, 'span')}${earlier}, without its usual call of ${detail}${ofPeer}`
      return `${name} in ${service} fails in ${finding.count} of ${plural(of, 'span')}${earlier}${detail === '' ? '' : `: ${clean(detail)}`}`
    }
    case 'new error':
      return `${name} in ${service} fails with “${clean(detail)}” in ${plural(finding.count, 'span')} of ${formatNumber(of)}${before > 0 ? ` (before in ${wholePercent(before)})` : ', before in none'}`
    case 'unreachable':
      return `${finding.count} of ${plural(of, 'call')} of ${service} by ${listed((finding.others ?? []).map(serviceName))} fail before they reach it${before > 0 ? ` (before ${wholePercent(before)})` : ', before none'}${detail === '' ? '' : `: ${clean(detail)}`}`
    case 'new log or event':
      return `${name} in ${service} now says “${clean(detail)}” in ${finding.count} of ${plural(of, 'span')}${before > 0 ? ` (before in ${wholePercent(before)})` : ', before in none'}`
    case 'no longer called':
      return peer === ''
        ? `${name} in ${service} ends early in ${finding.count} of ${plural(of, 'span')}${detail === '' ? '' : `: it no longer logs “${clean(detail)}”`}`
        : `${name} in ${service} no longer calls ${detail}${ofPeer} in ${finding.count} of ${plural(of, 'span')}`
    case 'newly called':
      return `${name} in ${service} now calls ${detail}${ofPeer} in ${finding.count} of ${plural(of, 'span')}${before > 0 ? ` (before in ${wholePercent(before)})` : ', before in none'}`
    case 'only some':
      return `${after > 0.99 ? 'only' : 'mostly'} where ${[finding.attribute, detail].filter(Boolean).map(where).join(' and ')}: ${wholePercent(after)} of the affected spans, ${wholePercent(before)} of the others${twins(finding)}`
    case 'one host':
      return `${detail} are affected on ${finding.attribute} alone: it has ${wholePercent(after)} of the affected spans, ${wholePercent(before)} of the others`
    case 'new version':
      return `${service} has a new version since ${momentOf(finding)}: ${finding.attribute}, ${wholePercent(after)} of its spans`
    case 'restarted':
      return `${service} restarted at ${momentOf(finding)}: ${finding.attribute} ${finding.attribute?.startsWith('1 ') ? 'is' : 'are'} new`
  }
}

/** Time that passes until a message is taken. */
function queued(finding: WhyFinding) {
  const { service, peer = '', attribute, isSender, before, after } = finding
  const verb = isSender ? 'send' : 'take'
  const host = hostOf(finding)
  const alone =
    attribute === undefined
      ? ''
      : host
        ? `, but only those that ${host} ${verb}s: its clock is off, or it is slow to ${verb} them`
        : `, but only where those that ${verb} them have ${where(attribute)}`
  return `messages from ${serviceName(peer)} ${host ? 'seem to ' : ''}wait ${ns(after)} before ${serviceName(service)} takes them, instead of ${isFromNothing(finding) ? 'almost nothing' : ns(before)}${alone}`
}

/** Time that passes between services. */
function waits(finding: WhyFinding) {
  const { service, peer = '', detail, others = [peer], withOwn, before, after } = finding
  const [own, ends] = [[serviceName(service)], others.map(serviceName)]
  const [callers, callees] = detail === 'called' ? [ends, own] : [own, ends]
  const works = callees.length > 1 ? 'they work' : `${callees[0]} works`
  if (withOwn) {
    const [take, self] = callers.length > 1 ? ['take', 'themselves'] : ['takes', 'itself']
    return `${listed(callers)} ${take} ${ns(after)} by ${self} or waiting for ${listed(callees)}, beyond the time that ${works}, instead of ${ns(before)}`
  }
  const verb = callers.length > 1 ? 'wait' : 'waits'
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

/** The moment in ISO-8601 that a finding is about. */
const momentOf = ({ detail = '', dated }: WhyFinding) => momentText(Date.parse(detail) * 1e6, dated)

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
