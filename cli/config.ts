/** The options that every question has, resolved: flag over environment over profile over default. */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { OtraceError } from './errors.ts'
import { FORMATS, type Format } from './output.ts'
import type { PopulationFlags } from './query/population.ts'
import { DEFAULT_SINCE, type WindowFlags } from './query/window.ts'
import { parseUnit } from './render/units.ts'
import { dataDirectory } from './store/data-dir.ts'
import { DEFAULT_LIMITS, type Limits } from './store/limits.ts'

/** Where to ask, and under which limits. */
export interface Connection {
  url: string | undefined
  database: string | undefined
  table: string | undefined
  schema: string | undefined
  user: string | undefined
  password: string | undefined
  dataDir: string
  limits: Limits
}

/** Flags as commander gives them. */
export interface Globals extends WindowFlags, PopulationFlags {
  url?: string
  database?: string
  table?: string
  schema?: string
  user?: string
  password?: string
  profile?: string
  data?: string
  timeout?: string
  memory?: string
  output?: Format
  json?: boolean
  sql?: boolean
  explain?: boolean
  verbose?: boolean
  utc?: boolean
  /** False with --no-weight. */
  weight?: boolean
}

type Settings = { [name: string]: string | undefined }

/**
 * The connection that flags, environment and profile name together.
 * @throws OtraceError (exit 2) for an unknown profile, a broken configuration file or a limit that cannot be read
 */
export function connectionOf(flags: Globals, env: NodeJS.ProcessEnv): Connection {
  refuseEmpty(flags)
  const profile = readProfile(flags.profile ?? (env.OTRACE_PROFILE || undefined), env)
  const byHand = flags.url !== undefined || flags.data !== undefined
  const byProfile = flags.profile !== undefined && (profile.url ?? profile.data) !== undefined
  const url = flags.url ?? (byHand || byProfile ? undefined : env.OTRACE_URL || undefined)
  // A place given by hand replaces the profile's whole connection: mixing two servers' settings would surprise.
  const base: Settings = byHand || (url !== undefined && flags.profile === undefined) ? {} : profile
  return {
    url: url ?? base.url,
    database: flags.database ?? (env.OTRACE_DATABASE || base.database),
    table: flags.table ?? (env.OTRACE_TABLE || base.table),
    schema: flags.schema ?? (env.OTRACE_SCHEMA || base.schema),
    user: flags.user ?? (env.OTRACE_USER || base.user),
    password: flags.password ?? env.OTRACE_PASSWORD ?? base.password,
    dataDir: dataDirectory(flags.data ?? base.data, env),
    limits: {
      seconds: readLimit('--timeout', flags.timeout, 's') ?? DEFAULT_LIMITS.seconds,
      memory: readLimit('--memory', flags.memory, 'bytes') ?? DEFAULT_LIMITS.memory,
    },
  }
}

/** What comes out of `--url "$NOT_SET"`, and would be taken for no flag. */
function refuseEmpty(flags: Globals): void {
  const names = ['url', 'database', 'table', 'schema', 'user', 'profile', 'data'] as const
  const empty = names.find((name) => flags[name] === '')
  if (empty === undefined) return
  throw new OtraceError('usage', `--${empty} is empty`, 'leave it out, or write what it should be')
}

/**
 * A number of rows or other things that a flag asks for.
 * @throws OtraceError (exit 2) for anything but a whole number from 1 on
 */
export function readCount(flag: string, text: string, example: string | number): number {
  const count = /^\d+$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= MOST_ROWS) return count
  throw new OtraceError(
    'usage',
    `${flag} '${text}' is not a whole number from 1 on`,
    `write it like ${example}`,
  )
}

/** What `LIMIT {limit:UInt32}` takes, one row more included. */
const MOST_ROWS = 2 ** 32 - 2

function readLimit(flag: string, text: string | undefined, unit: 's' | 'bytes') {
  if (text === undefined) return undefined
  const value = parseUnit(text, unit)
  if (value !== undefined && value > 0) return Math.ceil(value)
  const example = unit === 's' ? '300s' : '8GB'
  throw new OtraceError('usage', `${flag} '${text}' makes no sense`, `write it like ${example}`)
}

/** `$XDG_CONFIG_HOME/otrace/config.json`: `{ "profile": "prod", "profiles": { "prod": { "url": … } } }`. */
export function configFile(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'otrace', 'config.json')
}

function readProfile(name: string | undefined, env: NodeJS.ProcessEnv): Settings {
  const path = configFile(env)
  let config: { profile?: string; profiles?: Record<string, Settings> } = {}
  try {
    config = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new OtraceError('usage', `${path} is not JSON: ${error.message}`, 'mend or remove it')
    }
  }
  const wanted = name ?? config.profile
  if (wanted === undefined) return {}
  const profile = config.profiles?.[wanted]
  if (profile) return knownOnly(profile, wanted, path)
  const known = Object.keys(config.profiles ?? {})
  throw new OtraceError(
    'usage',
    `there is no profile '${wanted}' in ${path}`,
    known.length > 0
      ? `the profiles are ${known.join(', ')}`
      : `write {"profiles": {"${wanted}": {"url": "http://host:8123"}}} into it`,
  )
}

const KEYS = ['url', 'database', 'table', 'schema', 'user', 'password', 'data']

/** A key that nobody reads is a mistake that would show as a refused password. */
function knownOnly(profile: Settings, name: string, path: string): Settings {
  const unknown = Object.keys(profile).find((key) => !KEYS.includes(key))
  if (unknown === undefined) return profile
  throw new OtraceError(
    'usage',
    `the profile '${name}' in ${path} has '${unknown}', which otrace does not know`,
    `a profile has ${KEYS.join(', ')}`,
  )
}

const many = (value: string, before: string[] = []) => [...before, value]

/** Adds the flags of the window. */
export function addWindowFlags(command: Command): Command {
  return command
    .optionsGroup('Window:')
    .option('--since <length>', `start that long before the end (default: ${DEFAULT_SINCE})`)
    .option('--from <time>', 'start: ISO-8601, 10:30, or 2h (ago)')
    .option('--to <time>', 'end, exclusive (default: now)')
    .option('--utc', 'read and show times in UTC instead of the local zone')
}

/** Adds the flags that choose spans. */
export function addPopulationFlags(command: Command): Command {
  return command
    .optionsGroup('Spans:')
    .option('--service <name>', 'of this service (repeatable: any of them)', many)
    .option('--name <span name>', 'with this name (repeatable: any of them)', many)
    .option('--kind <kind>', 'server, client, internal, producer or consumer (repeatable)', many)
    .option(
      '--attr <key=value>',
      'with this attribute; also !=, ~regex, >n, <n; a key alone: has it (repeatable)',
      many,
    )
    .option('--resource <key=value>', 'the same for resource attributes (repeatable)', many)
    .option('--trace-attr <key=value>', 'whose trace has a span with this attribute', many)
    .option('--event <name>', 'with an event of this name (repeatable)', many)
    .option('--error', 'in error')
    .option('--min-duration <length>', 'at least that long, such as 100ms')
    .option('--max-duration <length>', 'at most that long')
    .option(
      '--distinct',
      'count a span that was delivered twice once (otrace doctor says whether any was)',
    )
    .option('--no-weight', 'count sampled spans as one instead of as all they stand for')
    .option('--where <expression>', 'a SQL condition over the columns of `spans`')
}

/** Their names, as commander stores them. */
export const POPULATION_FLAGS = addPopulationFlags(new Command()).options.map((option) =>
  option.attributeName(),
)

/** Adds the flags of the answer's form. */
export function addOutputFlags(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .addOption(new Option('-o, --output <format>', 'how to write the answer').choices([...FORMATS]))
    .addOption(new Option('--json', 'the same as -o json').conflicts('output'))
    .addOption(
      new Option('--sql', 'print the final SQL and its parameters, run nothing').conflicts([
        'json',
        'output',
        'html',
        'explain',
        'verbose',
      ]),
    )
    .option('--explain', 'say what the query would read, and what it read')
    .option('-v, --verbose', 'say what the query cost')
}

/** Adds the flags of the connection. */
export function addConnectionFlags(command: Command): Command {
  return command
    .optionsGroup('Connection:')
    .option('--url <url>', 'a ClickHouse HTTP interface (or OTRACE_URL)')
    .option('--database <name>', 'the database of the spans')
    .option('--table <name>', 'the table of the spans')
    .option('--schema <name>', 'how to read the table, instead of finding out')
    .option('--user <name>', 'user (or OTRACE_USER)')
    .option('--password <password>', 'password (or OTRACE_PASSWORD)')
    .addOption(
      new Option(
        '--profile <name>',
        'a connection from the configuration file (or OTRACE_PROFILE)',
      ).conflicts(['url', 'data']),
    )
    .addOption(
      new Option('--data <directory>', 'the local store (or OTRACE_DATA)').conflicts('url'),
    )
    .option('--timeout <length>', 'most time for a query on the server (default: 60s)')
    .option('--memory <size>', 'most memory for a query on the server (default: 4GB)')
}

/** Adds every flag that a question has: window, spans, output, connection. */
export function addAskingFlags(command: Command): Command {
  addWindowFlags(command)
  addPopulationFlags(command)
  addOutputFlags(command)
  return addConnectionFlags(command)
}
