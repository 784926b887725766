/** What the demo prints when the traffic is over: a dashboard, one slow trace, and what to type next. */
import type { TrafficSummary } from '../../server/tally.ts'
import { type Asking, answer, collect } from '../asking.ts'
import { readQuery } from '../catalogue.ts'
import { showTrace } from '../commands/trace.ts'
import { write } from '../output.ts'
import { compose } from '../query/compose.ts'
import { defaults } from '../query/fill.ts'
import { stripHeader } from '../query/header.ts'
import type { Question } from '../query/parse.ts'

/** The questions of the dashboard, in order, with the values that differ from their defaults. */
const DASHBOARD: [name: string, values: Record<string, string>][] = [
  ['rps', {}],
  ['latency', {}],
  ['slow', { over: '50ms', limit: '5' }],
  ['auth-failures', { limit: '5' }],
  ['top-products', { limit: '5' }],
]

const ARRIVAL_WITHIN_MS = 10_000

/**
 * Waits until the spans of every answered request can be asked for.
 * @returns how many of them can
 */
export async function awaitSpans(asking: Asking, expected: number): Promise<number> {
  const sql = stripHeader(readQuery('demo/requests.sql'))
  const deadline = performance.now() + ARRIVAL_WITHIN_MS
  for (;;) {
    const { rows } = await asking.store.ask(compose(sql, {}, asking.source))
    const count = Number((await collect(rows))[0]?.requests ?? 0)
    if (count >= expected || performance.now() > deadline) return count
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Prints everything. */
export async function report(
  asking: Asking,
  questions: Question[],
  traffic: TrafficSummary,
  stored: number,
): Promise<void> {
  const { colour } = asking.context.screen()
  const refused = traffic.answered - (traffic.statuses[200] ?? 0)
  await write(
    `\n${colour.bold('otrace demo')}  ${traffic.answered} requests answered, ${refused} of them refused; ` +
      `${traffic.purchases} purchases of ${traffic.units} units\n`,
  )
  if (stored < traffic.answered) {
    asking.context.say(
      `only ${stored} of ${traffic.answered} requests have their spans stored so far`,
    )
  }
  for (const [name, values] of DASHBOARD) {
    const question = questions.find((each) => each.name === name)
    if (!question) continue
    const params = defaults(question, values)
    await write(`\n${colour.bold(question.title)}  ${colour.dim(`otrace ${name}`)}\n\n`)
    await answer(asking, compose(question.sql, params, asking.source), {
      title: question.title,
      panel: question.panel,
      units: question.units,
    })
  }
  const slowest = await slowestTrace(asking)
  if (slowest) {
    await write(`\n${colour.bold('One slow trace')}  ${colour.dim(`otrace trace ${slowest}`)}\n\n`)
    await showTrace(asking, slowest)
  }
  await write(nextSteps(slowest, traffic))
}

async function slowestTrace(asking: Asking): Promise<string | undefined> {
  const sql = stripHeader(readQuery('demo/slowest.sql'))
  const { rows } = await asking.store.ask(compose(sql, {}, asking.source))
  const id = (await collect(rows))[0]?.trace_id
  return typeof id === 'string' ? id : undefined
}

/** Commands that answer from what the demo left behind. */
function nextSteps(slowest: string | undefined, traffic: TrafficSummary): string {
  const buyer = traffic.users[0]?.userId
  const product = traffic.products[0]?.productId
  const lines = [
    ['otrace slow --since 1h', 'the slowest requests'],
    ...(slowest ? [[`otrace trace ${slowest}`, 'one of them, whole']] : []),
    ['otrace errors', 'what failed, and where'],
    ['otrace events --event "invalid user password"', 'what you would have searched a log for'],
    ...(buyer ? [[`otrace journey ${buyer}`, 'what one user did']] : []),
    ...(product ? [[`otrace buyers ${product}`, 'who bought the best seller']] : []),
    ['otrace spans --name service_buy_product --show user.id,product.id', 'spans with attributes'],
    ['otrace queries', 'every question there is'],
  ]
  const width = Math.max(...lines.map(([command]) => command!.length))
  const text = lines.map(([command, what]) => `  ${command!.padEnd(width)}  ${what}`).join('\n')
  return `\nTry next:\n\n${text}\n`
}
