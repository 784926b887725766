/** The demo's report: a dashboard, one slow trace and the next commands. */

import type { TrafficSummary } from '../../../server/traffic/tally.ts'
import { toJson, write } from '../../output/output.ts'
import { ownName } from '../../output/shell-line.ts'
import type { Query } from '../../query/query-file.ts'
import { localTime } from '../../render/time.ts'
import type { Cell } from '../../result.ts'
import { builtInQuery, quietRows } from '../../session/run.ts'
import type { Session } from '../../session/session.ts'
import { plural } from '../../units/units.ts'
import { askPanels, dashboardJson, drawDashboard } from '../dashboard/ask.ts'
import { type DashboardFile, findDashboard, readDashboard, withFlags } from '../dashboard/file.ts'

/** Without a new request for this long, the rest is taken as lost. */
const SILENCE_MS = 10_000

export interface Report {
  traffic: TrafficSummary
  /** Requests with stored spans. */
  stored: number
  /** The trace of the slowest request. */
  slowest: string | undefined
  dashboard: DashboardFile
  /** The dashboard's window and filter. */
  flags: { service: string[]; from: string; to: string }
}

/** Waits until the spans of all answered requests are stored. */
export async function findOut(
  session: Session,
  queries: Query[],
  traffic: TrafficSummary,
): Promise<Report> {
  const stored = await awaitSpans(session, traffic.answered)
  const slowest = (await oneRow(session, 'internal/demo/slowest.sql'))?.trace_id
  const dashboard = readDashboard(findDashboard('overview', session.context.say), queries)
  // The traffic generator's own roots are requests too: without a service each counts twice.
  const flags = { service: ['shop'], ...wholeSeconds(traffic) }
  return { traffic, stored, slowest: slowest ? String(slowest) : undefined, dashboard, flags }
}

/** The window of the traffic as flags; whole seconds can be typed. */
export function wholeSeconds({ started, ended }: Pick<TrafficSummary, 'started' | 'ended'>) {
  const to = (1 + Math.floor(Date.parse(ended) / 1000)) * 1000
  const iso = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z')
  return { from: iso(Math.floor(Date.parse(started) / 1000) * 1000), to: iso(to) }
}

async function awaitSpans(session: Session, expected: number): Promise<number> {
  let last = { count: 0, at: performance.now() }
  for (;;) {
    const count = Number((await oneRow(session, 'internal/demo/requests.sql'))?.requests ?? 0)
    if (count !== last.count) last = { count, at: performance.now() }
    if (count >= expected || performance.now() > last.at + SILENCE_MS) return count
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function oneRow(session: Session, path: string) {
  return (await quietRows(session, builtInQuery(path, {}, session.source)))[0]
}

/** Writes one JSON object: `traffic`, `stored`, `slowest`, and the dashboard as of `otrace dashboard`. */
export async function writeJson(
  session: Session,
  { traffic, stored, slowest, dashboard, flags }: Report,
): Promise<void> {
  const typed = ` --service shop --from ${flags.from} --to ${flags.to}`
  const file = withFlags(dashboard, typed)
  const shown = dashboardJson(file, flags, await askPanels(session, file.panels, flags))
  const whole = { traffic, stored, slowest: slowest ?? null, dashboard: shown }
  await write(session.context.stdout, `${toJson(whole as unknown as Cell)}\n`)
}

/** Writes the report for a terminal. */
export async function writeReport(session: Session, report: Report): Promise<void> {
  const { traffic, stored, slowest, dashboard } = report
  const screen = session.context.screen(session.options.output.utc)
  const { stdout } = session.context
  const { bold, dim } = screen.colour
  const otrace = ownName(session.context.env, process.argv[1]!)
  await write(
    stdout,
    `\n${bold('otrace demo')}  ${answersText(traffic)}\n` +
      `             ${traffic.purchases} purchases of ${traffic.units} units\n`,
  )
  if (stored < traffic.answered) {
    session.context.say(`only ${stored} of ${traffic.answered} requests have their spans stored`)
  }
  const { utc } = session.options.output
  const [from, to] = [report.flags.from, report.flags.to].map(
    (iso) => localTime(iso!, screen.timeZone, 0)?.clock ?? iso,
  )
  const flags = { ...report.flags, from, to, utc }
  const typed = ` --service shop --from ${from} --to ${to}${utc ? ' --utc' : ''}`
  await write(stdout, `\n${dim(`$ ${otrace} dashboard${typed}`)}\n`)
  const { text } = await drawDashboard(session, withFlags(dashboard, typed), flags)
  await write(stdout, `${text}\n`)
  if (slowest) {
    await write(stdout, `\n${dim(`$ ${otrace} trace ${slowest}`)}\n`)
    const { showTrace } = await import('../trace/print.ts')
    await showTrace(session, slowest)
  }
  await write(stdout, nextSteps(slowest, traffic, otrace, dim))
}

/** `500 requests answered, 125 of them refused`, and what had no answer. */
export function answersText({ requests, answered, statuses }: TrafficSummary): string {
  const refused = `${answered - (statuses[200] ?? 0)} of them refused`
  if (answered === requests) return `${plural(answered, 'request')} answered, ${refused}`
  return (
    `${answered} of ${plural(requests, 'request')} answered, ${refused}\n` +
    `             ${requests - answered} had no answer in time: try a lower --rate`
  )
}

/** Commands that query the stored spans of the demo. */
function nextSteps(
  slowest: string | undefined,
  traffic: TrafficSummary,
  otrace: string,
  dim: (text: string) => string,
): string {
  const buyer = traffic.users[0]?.userId
  const product = traffic.products[0]?.productId
  const lines: [command: string, what: string][] = [
    ['otrace slow --since 1h', 'the slowest requests'],
    ['otrace errors', 'what failed, and where'],
    ['otrace events --contains "invalid user password"', 'one log message'],
    ['otrace spans --name service_buy_product --show user.id,product.id', 'spans with attributes'],
    ['otrace queries', 'all queries'],
  ]
  if (product) lines.splice(1, 0, [`otrace buyers ${product}`, 'who bought the best seller'])
  if (buyer) lines.splice(1, 0, [`otrace journey ${buyer}`, 'what one user did'])
  if (slowest) lines.splice(1, 0, [`otrace trace ${slowest}`, 'one whole trace'])
  const text = lines
    .map(([command, what]) => `  ${dim(`# ${what}`)}\n  ${command.replace('otrace', otrace)}`)
    .join('\n')
  return `\nTry next:\n\n${text}\n`
}
