/** Findings about services with a new version, or that restarted. */
import type { Both, WhyFinding } from '../finding.ts'
import { shareDifference } from '../tests.ts'

/** A version or an instance of a service in a window. Times are ISO-8601 UTC. */
export interface Release {
  service: string
  type: 'version' | 'instance'
  value: string
  spans: number
  firstSeen: string
  lastSeen: string
}

/** The same findings, each followed by what is new about its service: of a service once. */
export function withReleases(
  findings: readonly WhyFinding[],
  windows: Both<readonly Release[]>,
): WhyFinding[] {
  const reported = new Set<string>()
  return findings.flatMap((finding) => {
    const { service, peer, certain } = finding
    if (!certain) return [finding]
    const news = [service, ...(peer === undefined ? [] : [peer])].flatMap((name) => {
      if (reported.has(name)) return []
      reported.add(name)
      return [newVersion(name, finding, windows), restarted(name, finding, windows)]
    })
    return [finding, ...news.filter((one) => one !== undefined)]
  })
}

const of = (releases: readonly Release[], service: string, type: Release['type']) =>
  releases.filter((one) => one.service === service && one.type === type)

/** The most frequent version of the window that the baseline lacks. */
function newVersion(
  service: string,
  finding: WhyFinding,
  windows: Both<readonly Release[]>,
): WhyFinding | undefined {
  const [before, after] = windows.map((own) => of(own, service, 'version')) as Both<Release[]>
  const newest = newOf(before, after).toSorted((a, b) => b.spans - a.spans)[0]
  if (!newest) return undefined
  const attribute = `service.version=${newest.value}`
  return { ...change('new version', service, finding, before, [newest], after), attribute }
}

/** Instances that the baseline lacks, where an earlier one has ended: other than where some were added. */
function restarted(
  service: string,
  finding: WhyFinding,
  windows: Both<readonly Release[]>,
): WhyFinding | undefined {
  const [before, after] = windows.map((own) => of(own, service, 'instance')) as Both<Release[]>
  const begun = newOf(before, after)
  const first = begun.map(({ firstSeen }) => firstSeen).sort()[0]
  if (first === undefined) return undefined
  const lastOf = (value: string) => after.find((one) => one.value === value)?.lastSeen ?? ''
  const ended = before.filter(({ value }) => lastOf(value) < first)
  if (ended.length === 0) return undefined
  const attribute = `${begun.length} of ${after.length} instances`
  return { ...change('restarted', service, finding, before, begun, after), attribute }
}

/** Values after that were not there before, of a service that had some. */
const newOf = (before: Release[], after: Release[]) =>
  before.length === 0
    ? []
    : after.filter(({ value }) => before.every((known) => known.value !== value))

function change(
  kind: 'new version' | 'restarted',
  service: string,
  { score }: WhyFinding,
  before: Release[],
  begun: Release[],
  after: Release[],
): WhyFinding {
  const sum = (some: Release[]) => some.reduce((total, { spans }) => total + spans, 0)
  const counts: Both<number> = [0, sum(begun)]
  const spans: Both<number> = [sum(before), sum(after)]
  return {
    kind,
    service,
    name: '',
    detail: begun.map(({ firstSeen }) => firstSeen).sort()[0]!,
    before: 0,
    after: counts[1] / spans[1],
    unit: 'percentunit',
    interval: shareDifference(counts, spans),
    count: counts[1],
    spans,
    traces: [],
    // Behind the finding that it may explain.
    score: score * 0.98,
    certain: true,
  }
}

/** Attributes that name a machine. */
const HOSTS: ReadonlySet<string> = new Set(['k8s.node.name', 'host.name', 'host.id'])

/**
 * Findings of several services whose affected spans are on the same host, joined to one in the place of the first: the
 * cause is then more likely the host than the services.
 */
export function withOneHost(findings: readonly WhyFinding[]): WhyFinding[] {
  const onHosts = findings.filter(
    ({ kind, attribute }) => kind === 'only some' && HOSTS.has(attribute!.split('=')[0]!),
  )
  return findings.flatMap((finding) => {
    if (!onHosts.includes(finding)) return [finding]
    const same = onHosts.filter(({ attribute }) => attribute === finding.attribute)
    const services = [...new Set(same.map(({ service }) => service))]
    if (services.length < 2) return [finding]
    if (same[0] !== finding) return []
    const least = same.toSorted((a, b) => a.interval[0] - b.interval[0])[0]!
    return [
      {
        ...least,
        kind: 'one host',
        service: finding.service,
        name: '',
        detail: `${services.slice(0, -1).join(', ')} and ${services.at(-1)}`,
        traces: [...new Set(same.flatMap(({ traces }) => traces))].slice(0, 3),
        score: Math.max(...same.map(({ score }) => score)),
      },
    ]
  })
}
