/** Findings about attributes that tell the affected spans of a finding from the others. */
import type { WhyFinding } from '../finding.ts'
import { claimLimit, shareDifference } from '../tests.ts'

/** A value of an attribute, or its absence: spans with it, and all spans, affected and others. */
export interface Valued {
  key: string
  /** Undefined for spans that lack the attribute, ANY for those that have it. */
  value: string | undefined | typeof ANY
  onAffected: number
  onOthers: number
  ofAffected: number
  ofOthers: number
}

/** The limit of the difference from which a value is worth a line. */
const WORTH = 0.3
/** Matches any value. */
const ANY = Symbol('any value')
/** Keys that say again that a span failed. */
const DEFINING = /status|error|exception/i

/** The value that tells most, as a finding that follows `finding`. */
export function onlySome(finding: WhyFinding, values: readonly Valued[]): WhyFinding | undefined {
  const isError = finding.unit === 'percentunit'
  const told = values.filter(({ key }) => !(isError && DEFINING.test(key)))
  // Among equals a value precedes presence and absence, because it says more.
  const candidates = [
    ...told.filter(({ value }) => value !== undefined),
    ...told.filter(({ value }) => value === undefined).flatMap((one) => [present(one), one]),
  ]
  const z = claimLimit(candidates.length)
  const [best] = candidates
    .map((one) => {
      const counts: [number, number] = [one.onOthers, one.onAffected]
      const totals: [number, number] = [one.ofOthers, one.ofAffected]
      return { one, counts, totals, low: shareDifference(counts, totals, z)[0] }
    })
    .filter(({ totals, low }) => totals[0] >= 5 && low > WORTH)
    .sort((a, b) => b.low - a.low)
  if (!best) return undefined
  const { one, counts, totals, low } = best
  const { service, name, traces, score } = finding
  return {
    kind: 'only some',
    service,
    name,
    attribute: attributeText(one),
    others: twinsOf(one, candidates),
    before: counts[0] / totals[0],
    after: counts[1] / totals[1],
    unit: 'percentunit',
    interval: shareDifference(counts, totals),
    count: one.onAffected,
    spans: totals,
    traces,
    score: score * Math.min(0.99, low),
    certain: true,
  }
}

/** Values of other attributes that exactly the affected spans have, as they have this one. */
function twinsOf(one: Valued, candidates: readonly Valued[]): string[] {
  if (one.onOthers > 0 || one.onAffected < one.ofAffected) return []
  const twins = candidates.filter(
    (other) =>
      typeof other.value === 'string' &&
      other.key !== one.key &&
      other.onOthers === 0 &&
      other.onAffected === other.ofAffected,
  )
  return twins.map(attributeText)
}

/** Above this share of the other spans with it, an attribute alone does not tell the affected ones. */
const ALONE = 0.05

/** Keys that name one host or process, those that people know first. */
const HOSTS = [
  ...['host.name', 'k8s.pod.name', 'k8s.node.name', 'container.name'],
  ...['service.instance.id', 'k8s.pod.uid', 'host.id', 'container.id'],
]

/** The host that a finding's spans are of, if its attribute or one that the same spans have names one. */
export function hostOf({ attribute = '', others = [] }: WhyFinding): string | undefined {
  const told = [attribute, ...others]
  return HOSTS.flatMap((key) => told.filter((one) => one.startsWith(`${key}=`)))[0]
}

/** The attribute of a finding, if it says where to look for a second one. */
export function valueToNarrow({ attribute, before }: WhyFinding, values: readonly Valued[]) {
  const one = values.find((value) => attributeText(value) === attribute)
  return before > ALONE && typeof one?.value === 'string'
    ? { key: one.key, value: one.value }
    : undefined
}

/** Whether spans that are as slow had the attribute of a finding before: at least half as much more than others. */
export function isUsual({ attribute, before, after }: WhyFinding, values: readonly Valued[]) {
  const one = values
    .flatMap((value) => (value.value === undefined ? [value, present(value)] : [value]))
    .find((value) => attributeText(value) === attribute)
  if (!one) return false
  const shareOf = (some: number, all: number) => some / Math.max(1, all)
  const more = shareOf(one.onAffected, one.ofAffected) - shareOf(one.onOthers, one.ofOthers)
  return more >= (after - before) / 2
}

/** The finding with a second attribute, if one tells most among the spans `values` that have the first. */
export function narrowed(finding: WhyFinding, values: readonly Valued[]): WhyFinding {
  const second = onlySome(finding, values)
  if (!second) return finding
  const { spans } = finding
  const others = second.before * second.spans[0]
  const counts: [number, number] = [others, second.count]
  return {
    ...finding,
    detail: second.attribute!,
    others: [],
    before: others / spans[0],
    after: second.count / spans[1],
    interval: shareDifference(counts, spans),
    count: second.count,
  }
}

/** Spans that have the attribute, of those that lack it. */
const present = (absent: Valued): Valued => ({
  ...absent,
  value: ANY,
  onAffected: absent.ofAffected - absent.onAffected,
  onOthers: absent.ofOthers - absent.onOthers,
})

function attributeText({ key, value }: Valued): string {
  if (value === undefined) return `${key} absent`
  return value === ANY ? `${key} present` : `${key}=${value}`
}
