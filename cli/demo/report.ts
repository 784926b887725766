/** What the demo finds when the traffic is over: a dashboard, one slow trace, and what to type next. */
import type { TrafficSummary } from '../../server/tally.ts'
import { collect, withUnits } from '../answer.ts'
import type { Asking } from '../asking.ts'
import { toJson, write, writeAnswer } from '../output.ts'
import { compose } from '../query/compose.ts'
import { defaults } from '../query/fill.ts'
import type { Question } from '../query/parse.ts'
import type { Answer, Cell } from '../render/renderer.ts'
import { statementOf } from '../rows-of.ts'
import { settleWeights } from '../weights.ts'

/** The questions of the dashboard, in order, with the values that differ from their defaults. */
const DASHBOARD: [name: string, values: Record<string, string>][] = [
  ['rps', {}],
  ['latency', {}],
  ['slow', { over: '50ms', limit: '5' }],
  ['auth-failures', { limit: '5' }],
  ['top-products', { limit: '5' }],
]

const ARRIVAL_WITHIN_MS = 10_000

/** Everything the demo has to say. */
export interface Report {
  traffic: TrafficSummary
  /** Requests whose spans can be asked for. */
  stored: number
  panels: { question: Question; answer: Answer; flags: string }[]
  /** The trace of the slowest request. */
  slowest: string | undefined
}

/** Waits until the spans of every answered request can be asked for, then asks. */
export async function findOut(
  asking: Asking,
  questions: Question[],
  traffic: TrafficSummary,
): Promise<Report> {
  const stored = await awaitSpans(asking, traffic.answered)
  const panels: Report['panels'] = []
  for (const [name, values] of DASHBOARD) {
    const question = questions.find((each) => each.name === name)
    if (!question) continue
    const composed = compose(question.sql, defaults(question, values), asking.source)
    const { statement } = await settleWeights(asking.store, asking.source, composed)
    const { columns, rows } = await asking.store.ask(statement)
    const answer = { columns: withUnits(columns, question.units), rows: await collect(rows) }
    const flags = Object.entries(values).map(([flag, value]) => ` --${flag} ${value}`)
    panels.push({ question, answer: { title: question.title, ...answer }, flags: flags.join('') })
  }
  const slowest = (await oneRow(asking, 'demo/slowest.sql'))?.trace_id
  return { traffic, stored, panels, slowest: slowest ? String(slowest) : undefined }
}

async function awaitSpans(asking: Asking, expected: number): Promise<number> {
  const deadline = performance.now() + ARRIVAL_WITHIN_MS
  for (;;) {
    const count = Number((await oneRow(asking, 'demo/requests.sql'))?.requests ?? 0)
    if (count >= expected || performance.now() > deadline) return count
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function oneRow(asking: Asking, path: string) {
  const statement = statementOf(path, {}, asking.source)
  return (await collect((await asking.store.ask(statement)).rows))[0]
}

/** Writes a report as one JSON object: `traffic`, `stored`, `slowest`, and the rows of each question by its name. */
export async function writeJson({ traffic, stored, slowest, panels }: Report): Promise<void> {
  const answers = panels.map(({ question, answer }) => [question.name, answer.rows])
  const whole = { traffic, stored, slowest: slowest ?? null, ...Object.fromEntries(answers) }
  await write(`${toJson(whole as unknown as Cell)}\n`)
}

/** Writes a report for people. */
export async function writeReport(asking: Asking, report: Report): Promise<void> {
  const { traffic, stored, slowest, panels } = report
  const screen = asking.context.screen(asking.flags.utc)
  const { bold, dim } = screen.colour
  const otrace = asking.context.env.npm_command === 'exec' ? 'npx otrace' : 'otrace'
  const refused = traffic.answered - (traffic.statuses[200] ?? 0)
  await write(
    `\n${bold('otrace demo')}  ${traffic.answered} requests answered, ${refused} of them refused\n` +
      `             ${traffic.purchases} purchases of ${traffic.units} units\n`,
  )
  if (stored < traffic.answered) {
    asking.context.say(`only ${stored} of ${traffic.answered} requests have their spans stored`)
  }
  for (const { question, answer, flags } of panels) {
    await write(`\n${dim(`$ ${otrace} ${question.name}${flags}`)}\n`)
    await writeAnswer(answer, 'terminal', question.panel, screen)
  }
  if (slowest) {
    await write(`\n${dim(`$ ${otrace} trace ${slowest}`)}\n`)
    const { showTrace } = await import('../tell-trace.ts')
    await showTrace(asking, slowest)
  }
  await write(nextSteps(slowest, traffic, otrace, dim))
}

/** Commands that answer from what the demo left behind. */
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
    ['otrace events --contains "invalid user password"', 'what you would have searched a log for'],
    ['otrace spans --name service_buy_product --show user.id,product.id', 'spans with attributes'],
    ['otrace queries', 'every question there is'],
  ]
  if (product) lines.splice(1, 0, [`otrace buyers ${product}`, 'who bought the best seller'])
  if (buyer) lines.splice(1, 0, [`otrace journey ${buyer}`, 'what one user did'])
  if (slowest) lines.splice(1, 0, [`otrace trace ${slowest}`, 'one of them, whole'])
  const text = lines
    .map(([command, what]) => `  ${dim(`# ${what}`)}\n  ${command.replace('otrace', otrace)}`)
    .join('\n')
  return `\nTry next:\n\n${text}\n`
}
