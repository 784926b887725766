/** `otrace map`: which service calls which, as a tree, a table or a diagram. */
import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { addExamples } from '../../options/examples.ts'
import { countOption } from '../../options/option.ts'
import { addQueryFlags, readOptions } from '../../options/options.ts'
import { refuseTyped } from '../../options/unused.ts'
import { lines, writeAll, writeResult } from '../../output/output.ts'
import { explainEmpty } from '../../session/empty-result.ts'
import { cameAgainNote } from '../../session/notes/came-again.ts'
import { windowNotes } from '../../session/notes/window.ts'
import { withSession } from '../../session/open.ts'
import { moreNote, printResult, withUnits } from '../../session/print.ts'
import { builtInQuery, queryRows } from '../../session/run.ts'
import { resolveSampling } from '../../session/sampling.ts'
import type { Session } from '../../session/session.ts'
import type { Unit } from '../../units/units.ts'
import { DIAGRAMS, type Diagram } from './diagram.ts'
import { callTree, readCalls } from './tree.ts'

const UNITS: Record<string, Unit> = {
  rps: 'reqps',
  error_share: 'percentunit',
  p95_caller: 'ns',
  p95_called: 'ns',
  p95_gap: 'ns',
}

export function mapCommand(context: Context): Command {
  const command = new Command('map')
  command.description(
    'Show which service calls which service, database, queue or other host: rate, errors, and p95 as the caller and as the called measured it. The gap between both is the network, or the time in a queue. A consumer is called by the queue it reads from. `errors` are requests with the status error, and calls with it where the request is not stored.\n\n' +
      'Filters choose the calls that a span makes or answers.\n\n' +
      'Columns: from, to, from_type, to_type (service, database, queue, external), calls, rps, errors, error_share, p95_caller, p95_called, p95_gap (ns), samples.',
  )
  command
    .optionsGroup('Query:')
    .option('--flat', 'a row for each pair instead of a tree')
    .addOption(countOption('-n, --limit <n>', 'maximum number of pairs, the most frequent', 100))
  addQueryFlags(command, Object.keys(DIAGRAMS))
  addExamples(
    command,
    ['otrace map --since 15m', 'otrace map --service shop --flat', 'otrace map -o mermaid'],
    [
      'otrace operations --service <service> - the operations of one service',
      'otrace latency --service <service> - its latency over time',
    ],
  )
  return command.action(async () => {
    const { flat = false, limit } = command.opts<{ flat?: boolean; limit: number }>()
    const options = readOptions(command.opts(), context)
    const { format, ownFormat, sql, failIfAny, failIfEmpty } = options.output
    const drawn = format === 'terminal' && !flat && !sql && !failIfAny && !failIfEmpty
    if (ownFormat !== undefined) {
      refuseTyped(command, ['flat'], `can't be used with -o ${ownFormat}`, 'leave one of them out')
    }
    await withSession(options, context, async (session) => {
      if (!drawn) return printResult(session, statementOf(session, limit), { ...LOOK, limit })
      await draw(session, limit, ownFormat as Diagram | undefined)
    })
  })
}

/** Asks for one pair more than is shown, which tells that there are more. */
const statementOf = ({ source }: Session, limit: number) =>
  builtInQuery('internal/map/calls.sql', { limit: limit + 1 }, source)

const LOOK = { title: 'Service map', panel: 'table', units: UNITS, samples: 'samples' } as const

async function draw(session: Session, limit: number, diagram?: Diagram): Promise<void> {
  const { context, options } = session
  const { query, note } = await resolveSampling(session, statementOf(session, limit))
  const found = readCalls(await queryRows(session, query))
  const calls = found.slice(0, limit)
  if (diagram) await writeAll(context.stdout, lines(DIAGRAMS[diagram](calls)))
  else {
    const tree = callTree(calls)
    const title = `Service map · ${options.windowText}`
    const columns = withUnits(tree.columns, UNITS)
    const result = { title, columns, rows: tree.rows, samples: LOOK.samples }
    const screen = context.screen(options.output.utc)
    await writeResult(context.stdout, result, { format: 'terminal' }, 'table', screen)
  }
  if (found.length > limit) context.say(moreNote(limit, 'pair'))
  if (calls.length === 0) context.say(await explainEmpty(session))
  else for (const text of await windowNotes(session, query)) context.say(text)
  const once = calls.length > 0 ? await cameAgainNote(session) : undefined
  if (once) context.say(once)
  if (note) context.say(note)
}
