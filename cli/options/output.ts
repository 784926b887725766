/** The flags of the output: format, --sql, --explain and --verbose. */
import { type Command, Option } from 'commander'
import { usage } from '../errors.ts'
import { FORMATS, type Format } from '../output/output.ts'
import { readSeconds } from '../units/parse.ts'
import { countOption, option } from './option.ts'

export interface OutputFlags {
  output?: string
  json?: boolean
  csvSafe?: boolean
  columns?: string[]
  /** False with --no-header. */
  header?: boolean
  humanize?: boolean
  fullIds?: boolean
  sql?: boolean
  explain?: boolean
  verbose?: boolean
  failIfEmpty?: boolean
  failIfAny?: boolean
}

export interface OutputOptions {
  format: Format
  /** A format of this command alone, such as `otlp`; `format` is then `terminal`. */
  ownFormat?: string
  /** Print the SQL and run nothing. */
  sql: boolean
  explain: boolean
  /** Report what the query read. */
  verbose: boolean
  /** Keep spreadsheets from running cells as formulas. */
  csvSafe: boolean
  /** Only these columns, in this order. */
  columns?: string[] | undefined
  header: boolean
  /** Values as people read them, in every format. */
  humanize: boolean
  /** Show ids of traces and spans whole on any screen. */
  fullIds: boolean
  /** Show times in UTC. */
  utc: boolean
  /** Exit 5 without a row. */
  failIfEmpty: boolean
  /** Exit 1 with a row. */
  failIfAny: boolean
}

/** Adds the flags of the output; `own` are formats of this command alone. */
export function addOutputFlags(command: Command, own: readonly string[] = []): Command {
  const format = new Option('-o, --output <format>', 'output format').choices([...FORMATS, ...own])
  command.optionsGroup('Output:').addOption(format).addOption(jsonOption())
  command.addOption(
    new Option('--sql', 'print the SQL and its parameters instead of running it').conflicts([
      'json',
      'output',
      'html',
      'explain',
      'verbose',
    ]),
  )
  return addShapeFlags(command)
    .option('--full-ids', 'whole ids of traces and spans on a narrow terminal')
    .addOption(csvSafeOption())
    .option('--explain', 'print what the query would read, and what it has read')
    .option('-v, --verbose', 'say what the query read, and its time')
}

const csvSafeOption = () =>
  new Option('--csv-safe', 'quote CSV cells that spreadsheets would run as formulas')

const jsonOption = () => new Option('--json', 'the same as -o json').conflicts('output')

function addShapeFlags(command: Command): Command {
  return command
    .option('--columns <names>', 'only these columns, separated by commas (repeatable)', names)
    .option('--no-header', 'no names of columns, and no title')
    .option('--humanize', 'values with units and local times, as -o markdown has them')
}

/** Adds the formats of stored records, and the flags that shape their rows. */
export function addRecordFlags(command: Command): Command {
  const format = new Option('-o, --output <format>', 'output format').choices(FORMATS)
  command.optionsGroup('Output:').addOption(format).addOption(jsonOption())
  return addShapeFlags(command).addOption(csvSafeOption())
}

/** Names of --columns. */
function names(text: string, before: string[] = []): string[] {
  const found = text.split(',').map((name) => name.trim())
  if (found.every((name) => name !== '')) return [...before, ...found]
  throw usage(`--columns '${text}' has an empty name`, 'write it like --columns time,duration')
}

/** The flags that shape rows, as commander stores them: a command that prints no rows refuses them. */
export const ROW_FLAGS = ['columns', 'header', 'humanize', 'fullIds'] as const

/** Adds the flags that turn a result into a check. */
export function addOutcomeFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--fail-if-empty', 'exit 5 if the result is empty').conflicts([
        'sql',
        'failIfAny',
      ]),
    )
    .addOption(new Option('--fail-if-any', 'exit 1 if there are rows').conflicts('sql'))
}

/** The output and the end of commands that print records as they arrive. */
export interface LiveFlags {
  output: 'terminal' | 'ndjson'
  /** Seconds. */
  for?: number
  max?: number
  failIfEmpty?: boolean
}

/** Adds the formats of records that arrive. */
export function addLiveFormat(command: Command): Command {
  const format = new Option('-o, --output <format>', 'output format')
  return command
    .optionsGroup('Output:')
    .addOption(format.choices(['terminal', 'ndjson']).default('terminal'))
}

/**
 * Adds the flags that end a command which prints records as they arrive.
 * @param heading in the help, without its colon
 */
export function addEndFlags(
  command: Command,
  { heading, records, empty }: { heading: string; records: string; empty: string },
): Command {
  return command
    .optionsGroup(`${heading}:`)
    .addOption(option('--for <duration>', 'end after this time', readSeconds))
    .addOption(countOption('--max <n>', `end after this many ${records}`, 1).default(undefined))
    .option('--fail-if-empty', `exit 5 if ${empty}`)
}

/** The output of the flags. */
export function readOutput(flags: OutputFlags & { utc?: boolean }): OutputOptions {
  const known = FORMATS.find((format) => format === flags.output)
  if (flags.header === false && (flags.json || /json$/.test(flags.output ?? ''))) {
    throw usage('--no-header has nothing to apply to: JSON has no header', 'leave it out')
  }
  return {
    format: flags.json ? 'json' : (known ?? 'terminal'),
    ownFormat: known ? undefined : flags.output,
    sql: flags.sql ?? false,
    explain: flags.explain ?? false,
    verbose: flags.verbose ?? false,
    csvSafe: flags.csvSafe ?? false,
    columns: flags.columns,
    header: flags.header !== false,
    humanize: flags.humanize ?? false,
    fullIds: flags.fullIds ?? false,
    utc: flags.utc ?? false,
    failIfEmpty: flags.failIfEmpty ?? false,
    failIfAny: flags.failIfAny ?? false,
  }
}
