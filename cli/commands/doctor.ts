/** `otrace doctor`: what otrace found, how it reads it, and what is worth mending. */
import { Command } from 'commander'
import { type Asking, asking, formatOf } from '../asking.ts'
import { addConnectionFlags, addOutputFlags, addWindowFlags, type Globals } from '../config.ts'
import type { Context } from '../context.ts'
import type { Finding, Seen } from '../doctor/findings.ts'
import { conventions, server, spellings, times, traces } from '../doctor/findings.ts'
import { indexes, table } from '../doctor/layout.ts'
import { report } from '../doctor/report.ts'
import { OtraceError } from '../errors.ts'
import { write, writeAnswer } from '../output.ts'
import type { Row } from '../render/renderer.ts'
import { rowsOf, statementOf } from '../rows-of.ts'
import { withoutFlags } from './unused.ts'

const DESCRIPTION = `Look at the connection, the server, the table of spans and the spans of the window, and say what is worth mending.

Columns: about, state (ok, note, warning), found, advice. Exit 0 whatever is found; 3 when there is no table of spans.`

/** Spans that the trace-wise checks may look at; more are sampled by trace. */
const MOST_SPANS = 200_000

/** The command. */
export function doctorCommand(context: Context): Command {
  const command = new Command('doctor').summary('Look at the store, and say what is worth mending')
  command.description(DESCRIPTION)
  addWindowFlags(command)
  addOutputFlags(command)
  addConnectionFlags(command)
  const why = 'has nothing to print: what the doctor asks follows from what it finds'
  withoutFlags(command, ['sql'], why, '--explain and -v say what each statement reads')
  return command.action(async () => {
    const flags = command.opts<Globals>()
    await asking(flags, context, async (asked) => {
      const findings = await examine(asked)
      const screen = context.screen(flags.utc)
      if (formatOf(flags) === 'terminal') return write(report(findings, screen))
      const columns = ['about', 'state', 'found', 'advice'].map((name) => ({
        name,
        type: 'String',
      }))
      const rows = findings.map(({ about, state, found, advice = '' }) => ({
        about,
        state,
        found,
        advice,
      }))
      const answer = { title: 'Doctor', columns, rows }
      await writeAnswer(answer, formatOf(flags), 'table', screen)
    })
  })
}

async function examine(asked: Asking): Promise<Finding[]> {
  const { source, store, context } = asked
  const { window, ...everything } = source
  const seen: Seen = {
    place: store.place,
    local: store.local,
    retention: store.retention,
    database: source.database,
    table: source.table,
    profile: source.profile,
    columns: asked.columns,
    now: context.now(),
  }
  const mix = await one(asked, 'mix')
  const oneIn = Math.max(1, Math.ceil(Number(mix.spans) / MOST_SPANS))
  const exporter = source.profile.needs.has('SpanKind')
  return [
    ...server(seen, await one(asked, 'server')),
    ...table(seen, await one(asked, 'table')),
    ...times(seen, await one({ ...asked, source: everything }, 'range'), mix),
    ...(exporter ? spellings(await one(asked, 'spellings')) : []),
    ...conventions(mix),
    ...traces(await one(asked, 'traces', { one_in: oneIn }), oneIn),
    ...indexes(seen),
  ]
}

/** The one row of `queries/doctor/<name>.sql`. */
async function one(asked: Asking, name: string, given: Record<string, number> = {}): Promise<Row> {
  const [row] = await rowsOf(asked, statementOf(`doctor/${name}.sql`, given, asked.source))
  if (row) return row
  throw new OtraceError('refused', `${asked.store.place} answered nothing to doctor/${name}.sql`)
}
