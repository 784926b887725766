/**
 * The commands: their lines in the help of the program, and their modules.
 *
 * One file: it is a list.
 */
import type { Command } from 'commander'
import type { Commands } from './commands/completion/offer.ts'
import type { RunProgram } from './commands/watch/command.ts'
import type { Context } from './context.ts'
import type { QueryFiles } from './query/files.ts'
import type { Query } from './query/query-file.ts'

/** Headings of hand-written commands, in the order of the help. */
export const GROUPS = ['Look', 'Investigate', 'Follow', 'Check', 'Set up'] as const

/** A hand-written command. */
export interface Written {
  name: string
  group: (typeof GROUPS)[number]
  /** Its arguments, as in its usage. */
  usage: string
  summary: string
  /** Left out of help and completion. */
  hidden?: boolean
  load(made: Made): Promise<Command>
}

/** Pages of `docs/` that `otrace help` shows. */
export const TOPICS = ['query-files', 'exit-codes', 'time', 'filters', 'units', 'output'] as const

/** The line of `help`, which is not a command of this list. */
export const HELP = {
  name: 'help',
  usage: '[command]',
  summary: 'Show help for a command or a topic',
}

/** What commands are made from. */
export interface Made {
  context: Context
  /** Reads the query files. */
  read(): Promise<QueryFiles>
  commands: Commands
  /** Runs another command of the program. */
  run: RunProgram
}

/** The hand-written commands; a module is loaded when its command is typed. */
export const WRITTEN: Written[] = [
  {
    name: 'demo',
    group: 'Set up',
    usage: '[options]',
    summary: 'Run the example shop and query its spans',
    load: async ({ read, context }) =>
      (await import('./commands/demo/command.ts')).demoCommand(read, context),
  },
  {
    name: 'up',
    group: 'Set up',
    usage: '[options]',
    summary: 'Receive and keep spans until ctrl-C',
    load: async ({ context }) => (await import('./commands/up/command.ts')).upCommand(context),
  },
  {
    name: 'shop',
    group: 'Set up',
    usage: '[options]',
    summary: 'Run the example shop beside the collector',
    load: async ({ context }) => (await import('./commands/shop/command.ts')).shopCommand(context),
  },
  {
    name: 'trace',
    group: 'Investigate',
    usage: '[options] [id]',
    summary: 'Show one trace as a tree with bars',
    load: async ({ context }) =>
      (await import('./commands/trace/command.ts')).traceCommand(context),
  },
  {
    name: 'why',
    group: 'Investigate',
    usage: '[options]',
    summary: 'Find out why requests became slow or fail',
    load: async ({ context }) => (await import('./commands/why/command.ts')).whyCommand(context),
  },
  {
    name: 'diff',
    group: 'Investigate',
    usage: '[options]',
    summary: 'Find out what tells two groups of spans apart',
    load: async ({ context }) => (await import('./commands/diff/command.ts')).diffCommand(context),
  },
  {
    name: 'critical',
    group: 'Investigate',
    usage: '[options]',
    summary: 'Show where slow requests spend their time',
    load: async ({ context }) =>
      (await import('./commands/critical/command.ts')).criticalCommand(context),
  },
  {
    name: 'flame',
    group: 'Investigate',
    usage: '[options]',
    summary: 'Show where the time of many traces went',
    load: async ({ context }) =>
      (await import('./commands/flame/command.ts')).flameCommand(context),
  },
  {
    name: 'spans',
    group: 'Investigate',
    usage: '[options]',
    summary: 'List spans with chosen attributes',
    load: async ({ context }) => (await import('./commands/spans.ts')).spansCommand(context),
  },
  {
    name: 'dashboard',
    group: 'Look',
    usage: '[options] [name]',
    summary: 'Show the state of all services on one screen',
    load: async ({ read, context }) =>
      (await import('./commands/dashboard/command.ts')).dashboardCommand(read, context),
  },
  {
    name: 'map',
    group: 'Look',
    usage: '[options]',
    summary: 'Show which service calls which',
    load: async ({ context }) => (await import('./commands/map/command.ts')).mapCommand(context),
  },
  {
    name: 'watch',
    group: 'Follow',
    usage: '[options] <command...>',
    summary: 'Run another command every few seconds',
    load: async ({ run, context }) =>
      (await import('./commands/watch/command.ts')).watchCommand(run, context),
  },
  {
    name: 'tail',
    group: 'Follow',
    usage: '[options]',
    summary: 'Print spans as they arrive',
    load: async ({ context }) => (await import('./commands/tail/command.ts')).tailCommand(context),
  },
  {
    name: 'logs',
    group: 'Follow',
    usage: '[options]',
    summary: 'Print log records, or follow them',
    load: async ({ context }) => (await import('./commands/logs/command.ts')).logsCommand(context),
  },
  {
    name: 'attributes',
    group: 'Investigate',
    usage: '[options] [key]',
    summary: 'List the attributes of spans',
    load: async ({ context }) =>
      (await import('./commands/attributes/command.ts')).attributesCommand(context),
  },
  {
    name: 'sql',
    group: 'Investigate',
    usage: '[options] [statement]',
    summary: 'Run SQL, read-only',
    load: async ({ context }) => (await import('./commands/sql.ts')).sqlCommand(context),
  },
  {
    name: 'check',
    group: 'Check',
    usage: '[options] [file-or-expectations...]',
    summary: 'Check expectations about spans, for CI',
    load: async ({ read, context }) =>
      (await import('./commands/check.ts')).checkCommand(read, context),
  },
  {
    name: 'wait',
    group: 'Check',
    usage: '[options] [trace-id]',
    summary: 'Wait until spans have arrived',
    load: async ({ context }) => (await import('./commands/wait.ts')).waitCommand(context),
  },
  {
    name: 'run',
    group: 'Check',
    usage: '[options] <command...>',
    summary: 'Run a command and check its spans',
    load: async ({ read, context }) =>
      (await import('./commands/run/command.ts')).runCommand(read, context),
  },
  {
    name: 'doctor',
    group: 'Set up',
    usage: '[options]',
    summary: 'Check the store and suggest fixes',
    load: async ({ context }) =>
      (await import('./commands/doctor/command.ts')).doctorCommand(context),
  },
  {
    name: 'copy',
    group: 'Set up',
    usage: '[options]',
    summary: 'Copy spans from any store into the local one',
    load: async ({ context }) => (await import('./commands/copy/command.ts')).copyCommand(context),
  },
  {
    name: 'send',
    group: 'Set up',
    usage: '[options] <files...>',
    summary: 'Send OTLP files to a collector',
    load: async ({ context }) => (await import('./commands/copy/send.ts')).sendCommand(context),
  },
  {
    name: 'schema',
    group: 'Set up',
    usage: '[options]',
    summary: 'Print the DDL of a spans table',
    load: async ({ context }) =>
      (await import('./commands/schema/command.ts')).schemaCommand(context),
  },
  {
    name: 'grafana',
    group: 'Set up',
    usage: '[options]',
    summary: 'Write Grafana dashboards, or send them',
    load: async ({ read, context }) =>
      (await import('./commands/grafana/command.ts')).grafanaCommand(read, context),
  },
  {
    name: 'config',
    group: 'Set up',
    usage: '[options] [command]',
    summary: 'Show the settings, and write a configuration file',
    load: async ({ context }) =>
      (await import('./commands/config/command.ts')).configCommand(context),
  },
  {
    name: 'queries',
    group: 'Set up',
    usage: '[options] [command]',
    summary: 'List all queries, write and check your own',
    load: async ({ read, context }) =>
      (await import('./commands/queries/command.ts')).queriesCommand(read, context),
  },
  {
    name: 'completion',
    group: 'Set up',
    usage: '<shell>',
    summary: 'Print a completion script for a shell',
    load: async ({ context }) =>
      (await import('./commands/completion/command.ts')).completionCommand(context),
  },
  {
    name: '__complete',
    group: 'Set up',
    usage: '<shell> [current] [words...]',
    summary: 'Print the words that a completion script offers',
    hidden: true,
    load: async ({ commands, context }) =>
      (await import('./commands/completion/command.ts')).offerCommand(commands, context),
  },
]

/** A hand-written command. */
export async function writtenCommand({ summary, load }: Written, made: Made): Promise<Command> {
  return (await load(made)).summary(summary)
}

/** The command of a query file. */
export async function fileCommand(query: Query, context: Context): Promise<Command> {
  const make = query.builtIn ? WRAPPED[query.name] : undefined
  if (make) return (await make())(query, context)
  return (await import('./commands/query.ts')).queryCommand(query, context)
}

/** Built-in queries whose command does more; a user's file of the same name replaces them. */
const WRAPPED: Record<string, () => Promise<(query: Query, context: Context) => Command>> = {
  storage: async () => (await import('./commands/storage/command.ts')).storageCommand,
}

/** The heading of a query in the help of the program. */
export function groupOf({
  name,
  builtIn,
  example,
}: Pick<Query, 'name' | 'builtIn' | 'example'>): string {
  if (example) return 'Shop (example)'
  if (!builtIn) return 'Your queries'
  return name === 'storage' ? 'Set up' : 'Look'
}

/** The commands for completion. */
export function commandsOf(
  read: (only?: string) => Promise<QueryFiles>,
  run: RunProgram,
  context: () => Promise<Context>,
): Commands {
  const queryOf = async (name: string) =>
    (await read(name)).queries.find((each) => each.name === name)
  const commands: Commands = {
    topics: TOPICS,
    async list() {
      const { queries } = await read()
      const shown = WRITTEN.filter(({ hidden }) => !hidden)
      return [...shown, ...queries.map(({ name, title }) => ({ name, summary: title })), HELP]
    },
    async find(name) {
      const written = WRITTEN.find((each) => each.name === name && !each.hidden)
      if (written) {
        return writtenCommand(written, {
          commands,
          read,
          run,
          context: await context(),
        })
      }
      const query = await queryOf(name)
      return query && fileCommand(query, await context())
    },
    async attributeOf(name) {
      const isWritten = WRITTEN.some((each) => each.name === name)
      const query = isWritten ? undefined : await queryOf(name)
      return query?.params.find(({ default: usual }) => usual === undefined)?.attributes?.[0]
    },
  }
  return commands
}
