/** `otrace dashboard`: the panels of a file on one screen. */
import { Chalk } from 'chalk'
import { Command, Option } from 'commander'
import { type Context, say } from '../../context.ts'
import { OtraceError } from '../../errors.ts'
import { addConnectionFlags } from '../../options/connection.ts'
import { addExamples } from '../../options/examples.ts'
import { addFilterFlags, FILTER_FLAGS } from '../../options/filters.ts'
import { option } from '../../options/option.ts'
import { type Options, readOptions } from '../../options/options.ts'
import { readDefaults } from '../../options/settings.ts'
import { refuseOtherForms, refuseTyped, typedOptions } from '../../options/unused.ts'
import { addWindowFlags, readWindow, WINDOW_FLAGS, type WindowFlags } from '../../options/window.ts'
import { writePage } from '../../output/html-file.ts'
import { toJson, write } from '../../output/output.ts'
import { type Output, repeat } from '../../output/redraw.ts'
import { shellLine } from '../../output/shell-line.ts'
import type { QueryFiles } from '../../query/files.ts'
import { localTime } from '../../render/time.ts'
import { cameAgainNote } from '../../session/notes/came-again.ts'
import { withSession } from '../../session/open.ts'
import { noteProjectQuery } from '../../session/project-query.ts'
import type { Session } from '../../session/session.ts'
import { readSeconds } from '../../units/parse.ts'
import { askPanels, dashboardJson, drawDashboard, headOf, panelNotes } from './ask.ts'
import { type DashboardFile, findDashboard, readDashboard, withFlags } from './file.ts'
import { dashboardPage } from './html.ts'

interface Flags {
  watch?: boolean
  every: number
  output: 'terminal' | 'json'
  html?: string
  utc?: boolean
  profile?: string
  [name: string]: unknown
}

export function dashboardCommand(readFiles: () => Promise<QueryFiles>, context: Context): Command {
  const command = new Command('dashboard')
    .description(
      'Show the panels of a dashboard on one screen: requests by status, latency, slowest operations, newest errors (faults first) and slow requests, and business queries that have rows.\n\n' +
        'A dashboard is a YAML file in ./.otrace/dashboards, or built in. Filters apply to all panels. With --watch, j, k, arrows and space scroll, and q ends. -o json has each panel with its title, command and rows; durations are ns.',
    )
    .argument('[name]', 'dashboard, or its file (default: overview)')
    .optionsGroup('Output:')
    .option('--watch', 'redraw until ctrl-C')
    .addOption(
      option('--every <duration>', 'time between two frames of --watch', readSeconds).default(
        5,
        '5s',
      ),
    )
    .addOption(
      new Option('-o, --output <format>', 'output format')
        .choices(['terminal', 'json'])
        .default('terminal'),
    )
    .addOption(new Option('--json', 'the same as -o json').implies({ output: 'json' }))
    .option('--html <file>', 'write a self-contained page')
  addWindowFlags(command)
  addFilterFlags(command)
  addConnectionFlags(command)
  addExamples(
    command,
    [
      'otrace dashboard --service shop',
      'otrace dashboard --since 15m -o json',
      'otrace dashboard --html overview.html',
    ],
    [
      'otrace why - what changed since the window before',
      'otrace tail --errors - errors as they arrive',
    ],
  )
  return command.action(async (named: string | undefined) => {
    const flags = command.opts<Flags>()
    const configured = readDefaults(context.env, flags.profile).dashboard
    const name = named ?? configured?.value ?? 'overview'
    if (!flags.watch) refuseTyped(command, ['every'], 'is for --watch', 'add --watch')
    else
      refuseTyped(
        command,
        ['output', 'json', 'html'],
        "can't be used with --watch",
        'leave out --watch',
      )
    if (flags.html !== undefined) refuseOtherForms(command, flags.html)
    const { queries } = await readFiles()
    const typed = typedFlags(command)
    const file = withFlags(readDashboard(findDashboard(name, context.say), queries), typed)
    for (const { query } of file.panels) noteProjectQuery(query, context)
    const options = readOptions(flags, context)
    if (flags.watch)
      return watch(options, file, flags, `${named ? ` ${named}` : ''}${typed}`, context)
    await withSession(options, context, async (session) => {
      if (flags.html !== undefined) await writeHtml(session, file, flags, flags.html)
      else if (flags.output === 'json') await writeJson(session, file, flags)
      else {
        const { text, results } = await drawDashboard(session, file, flags)
        await write(context.stdout, `${text}\n`)
        for (const note of await panelNotes(session, results, flags)) context.say(note)
      }
      const once = await cameAgainNote(session)
      if (once) context.say(once)
    })
  })
}

/** The typed flags of window and spans, for the command of each panel. */
function typedFlags(command: Command): string {
  const shared: string[] = [...WINDOW_FLAGS, 'utc', ...FILTER_FLAGS]
  return typedOptions(command)
    .filter((one) => shared.includes(one.attributeName()))
    .flatMap((one) => {
      const value = command.getOptionValue(one.attributeName()) as unknown
      const flag = ` ${one.long}`
      return typeof value === 'boolean'
        ? [flag]
        : [value].flat().map((text) => `${flag} ${shellLine([`${text}`])}`)
    })
    .join('')
}

async function writeJson(session: Session, file: DashboardFile, flags: Flags): Promise<void> {
  const results = await askPanels(session, file.panels, flags)
  await write(session.context.stdout, `${toJson(dashboardJson(file, flags, results))}\n`)
  for (const note of await panelNotes(session, results, flags)) session.context.say(note)
}

async function writeHtml(session: Session, file: DashboardFile, flags: Flags, path: string) {
  const { context } = session
  const results = await askPanels(session, file.panels, flags)
  const screen = { ...context.screen(flags.utc), colour: new Chalk({ level: 1 }) }
  const iso = new Date(Number(context.now() / 1_000_000n)).toISOString()
  const local = localTime(iso, screen.timeZone, 0)
  const subtitle = `${headOf(flags)} · ${local ? `${local.date} ${local.clock} ${local.offset}` : iso}`
  const pieces: string[] = []
  for await (const piece of dashboardPage(file.title, subtitle, results, screen)) pieces.push(piece)
  await writePage(path, pieces)
  context.say(`wrote ${path}: open it in a browser`)
  for (const note of await panelNotes(session, results, flags)) context.say(note)
}

/** Opens the store for each frame, so that a collector may start or stop between two. */
async function watch(
  options: Options,
  file: DashboardFile,
  flags: Flags,
  typed: string,
  context: Context,
): Promise<void> {
  const clock = () => {
    const iso = new Date(Number(context.now() / 1_000_000n)).toISOString()
    return localTime(iso, context.screen(flags.utc).timeZone, 0)?.clock ?? iso
  }
  const run = async (width: number | undefined, stderr: Context['stderr']): Promise<Output> => {
    const noted = (text: string) => say({ env: context.env, stderr }, text)
    const framed: Context = Object.create(context, { say: { value: noted } })
    try {
      const window = readWindow(flags as WindowFlags, context.now())
      const text = await withSession({ ...options, window }, framed, async (session) => {
        const drawn = await drawDashboard(session, file, flags, width)
        for (const note of await panelNotes(session, drawn.results, flags)) noted(note)
        const once = await cameAgainNote(session)
        if (once) noted(once)
        return drawn.text
      })
      return { stdout: `${text}\n`, exit: 0 }
    } catch (error) {
      // The frame that ctrl-C cuts short is not drawn.
      if (context.signal.aborted) return { stdout: '', exit: 0 }
      if (!(error instanceof OtraceError)) throw error
      noted(`otrace: ${error.message}${error.hint ? `\n  → ${error.hint}` : ''}`)
      return { stdout: '', exit: error.exit }
    }
  }
  const title = `otrace dashboard${typed} · every ${flags.every}s`
  context.exitCode = await repeat(
    { title, every: flags.every * 1000, run, clock },
    context,
    context.signal,
  )
}
