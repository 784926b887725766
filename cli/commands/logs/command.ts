/** `otrace logs`: log records, stored or as they arrive. */
import { Command, Option } from 'commander'
import type { Context } from '../../context.ts'
import { notFound, usage } from '../../errors.ts'
import { addConnectionFlags } from '../../options/connection.ts'
import { addExamples } from '../../options/examples.ts'
import { countOption, many } from '../../options/option.ts'
import { readOptions } from '../../options/options.ts'
import {
  addEndFlags,
  addRecordFlags,
  type LiveFlags,
  type OutputOptions,
  ROW_FLAGS,
} from '../../options/output.ts'
import { refuseTyped } from '../../options/unused.ts'
import { addWindowFlags, WINDOW_FLAGS } from '../../options/window.ts'
import { toJson, write, writeResult } from '../../output/output.ts'
import { serviceSpellings } from '../../query/filters/list.ts'
import type { Column, Row } from '../../result.ts'
import { type Arrivals, follow } from '../../session/follow/follow.ts'
import { endAfter, lateness, refuseUnfilled, sayIfQuiet } from '../../session/follow/notes.ts'
import { sayLater, unloggedNote } from '../../session/notes/names.ts'
import { withSession } from '../../session/open.ts'
import { builtInQuery, queryRows } from '../../session/run.ts'
import type { Session } from '../../session/session.ts'
import { readTraceId } from '../../session/trace/trace-id.ts'
import { logLine } from './line.ts'

interface Flags extends Omit<LiveFlags, 'output'> {
  output?: string
  follow?: boolean
  json?: boolean
  service?: string[]
  trace?: string
  severity?: string
  contains?: string
  limit: number
  utc?: boolean
}

/** The least number of each severity: https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const SEVERITIES = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 } as const

/** The formats of records as they arrive. */
const FOLLOWED: readonly (string | undefined)[] = [undefined, 'terminal', 'ndjson']

const COLUMNS: Column[] = [
  { name: 'time', type: "DateTime64(9, 'UTC')" },
  ...['severity', 'service', 'body', 'trace_id', 'span_id'].map((name) => ({
    name,
    type: 'String',
  })),
  { name: 'attributes', type: 'Map(String, String)' },
]

const ALL = 9_007_199_254_740_991

export function logsCommand(context: Context): Command {
  const command = new Command('logs').description(
    'Print log records, newest last, and with --follow the records that arrive.\n\n' +
      'Columns: time, severity, service, body, trace_id, span_id, attributes.',
  )
  command
    .optionsGroup('Records:')
    .option('-f, --follow', 'print records as they arrive, until ctrl-C')
    .option('--service <name>', 'records of this service (repeatable)', many)
    .option('--trace <id>', 'records of this trace, by 8 digits of its id or more')
    .addOption(
      new Option('--severity <least>', 'records of at least this severity').choices(
        Object.keys(SEVERITIES),
      ),
    )
    .option('--contains <text>', 'records with this text in the body, in any case')
    .addOption(countOption('-n, --limit <n>', 'maximum number of records', 50))
  addRecordFlags(command)
  addEndFlags(command, {
    heading: 'End of --follow',
    records: 'records',
    empty: 'no records match',
  })
  addWindowFlags(command)
  addConnectionFlags(command)
  addExamples(
    command,
    [
      'otrace logs --severity error --since 1h',
      'otrace logs --contains timeout -o ndjson',
      'otrace logs --follow --service shop',
    ],
    ['otrace trace <trace_id> - the spans beside a record'],
  )
  return command.action(async () => {
    const flags = command.opts<Flags>()
    if (flags.follow) {
      refuseTyped(
        command,
        [...WINDOW_FLAGS, 'limit'],
        'is for stored records',
        'leave out --follow',
      )
      const shapes = [...ROW_FLAGS, 'csvSafe']
      refuseTyped(command, shapes, 'shapes the rows of stored records', 'leave out --follow')
      if (flags.json || !FOLLOWED.includes(flags.output)) {
        const typed = flags.json ? '--json' : `-o ${flags.output}`
        throw usage(`${typed} is for stored records`, 'write -o ndjson, or leave out --follow')
      }
    } else refuseTyped(command, ['for', 'max'], 'ends --follow', 'add --follow')
    if (flags.trace !== undefined) flags.trace = readTraceId(flags.trace)
    const options = readOptions(command.opts(), context)
    // A service is not a filter of spans here.
    await withSession(
      { ...options, filters: { conditions: [], traceConditions: [] } },
      context,
      (session) =>
        flags.follow ? followLogs(session, flags) : listLogs(session, flags, options.output),
    )
  })
}

async function listLogs(session: Session, flags: Flags, output: OutputOptions): Promise<void> {
  const { context } = session
  const rows = await readLogs(session, flags, {}, flags.limit + 1)
  const shown = rows.slice(0, flags.limit).reverse()
  if (output.format === 'terminal' && !output.columns) {
    await write(context.stdout, linesOf(shown, flags, context))
  } else {
    const title = `Log records · ${session.options.windowText}`
    const screen = context.screen(output.utc)
    const result = { title, columns: COLUMNS, rows: shown.map(withoutKey) }
    await writeResult(context.stdout, result, output, 'table', screen)
  }
  if (rows.length > flags.limit) {
    const shown = flags.limit === 1 ? 'record is' : `${flags.limit} records are`
    context.say(`only the newest ${shown} shown: there are more, see --limit`)
  }
  if (rows.length === 0) {
    const unknown = await unloggedNote(session, tableOf(session), flags.service ?? [])
    context.say(unknown ?? `no log records match in the window: ${session.options.windowText}`)
  }
  if (flags.failIfEmpty && rows.length === 0) throw notFound('--fail-if-empty: no records match')
}

async function followLogs(session: Session, flags: Flags): Promise<void> {
  const { context } = session
  refuseUnfilled(session)
  const late = lateness('record', context.say)
  const unlogged = unloggedNote(session, tableOf(session), flags.service ?? [])
  const noted = sayLater(
    context,
    unlogged.then((text) => text && `so far ${text}`),
  )
  const read = (arrivals: Arrivals) => readLogs(session, flags, arrivals, ALL)
  const most = flags.max ?? Number.POSITIVE_INFINITY
  let printed = 0
  const ending = endAfter(flags.for, context.signal)
  const { service = [], trace, severity, contains } = flags
  const chosen = Object.entries({ trace, severity, contains }).filter(([, value]) => value)
  const words = [...service.map((each) => ['service', each]), ...chosen]
  const arrived = sayIfQuiet(
    session,
    'log records',
    words.flatMap(([flag, value]) => [`--${flag}`, value!]),
  )
  for await (const batch of follow(
    session,
    { table: tableOf(session), signal: 'logs', read },
    ending,
  )) {
    arrived()
    const shown = batch.reverse().slice(0, most - printed)
    for (const one of shown) late.add(one)
    printed += shown.length
    const rows = shown.map(({ row }) => row)
    await write(context.stdout, linesOf(rows, flags, context))
    late.report()
    if (printed >= most) break
  }
  arrived()
  late.report(true)
  if (printed === 0) await noted
  if (flags.failIfEmpty && printed === 0) throw notFound('--fail-if-empty: nothing arrived')
}

/** @throws OtraceError (exit 5) for a store without log records */
function tableOf({ source, siblingTables, store }: Session): string {
  const { logs } = source.schema
  if (logs !== undefined && siblingTables.has(logs)) return logs
  throw notFound(
    `${store.place} has no table of log records beside ${source.table}`,
    'otrace reads those of the OpenTelemetry exporter: otel_logs',
  )
}

async function readLogs(session: Session, flags: Flags, arrivals: Arrivals, limit: number) {
  const { source, context } = session
  const { parts, since } = arrivals
  const given = {
    logs: tableOf(session),
    services: (flags.service ?? []).flatMap(serviceSpellings),
    trace: (flags.trace ?? '').toLowerCase(),
    severity: SEVERITIES[(flags.severity ?? 'trace') as keyof typeof SEVERITIES],
    contains: flags.contains ?? '',
    parts: parts ?? [],
    since: String(since ?? 0n),
    limit,
  }
  const hour = 3_600_000_000_000n
  const window =
    since === undefined
      ? source.window
      : { from: since - hour, to: context.now() + hour, bucket: 60 }
  const known = { arrived: parts !== undefined, recent: since !== undefined }
  const query = builtInQuery('internal/live/logs.sql', given, { ...source, window }, known)
  return queryRows(session, query)
}

const withoutKey = ({ key: _, ended: __, level: ___, ...row }: Row): Row => row

function linesOf(rows: Row[], flags: Flags, context: Context): string {
  const screen = context.screen(flags.utc)
  const whole = !context.stdout.isTTY
  const inJson = flags.output === 'ndjson'
  return rows
    .map((row) => (inJson ? toJson(withoutKey(row)) : logLine(row, screen, whole)))
    .map((line) => `${line}\n`)
    .join('')
}
