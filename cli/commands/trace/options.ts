/** Flags of `otrace trace`, and their valid combinations. */
import { type Command, Option } from 'commander'
import type { Context } from '../../context.ts'
import { type OtraceError, usage } from '../../errors.ts'
import { FILTER_FLAGS } from '../../options/filters.ts'
import { countOption, option } from '../../options/option.ts'
import { addQueryFlags, type Options, readOptions } from '../../options/options.ts'
import { ROW_FLAGS } from '../../options/output.ts'
import { refuseOtherForms, refuseTyped } from '../../options/unused.ts'
import { NO_FILTERS } from '../../query/filters.ts'
import type { Filter } from '../../query/schema.ts'
import type { Nanos } from '../../query/window.ts'
import type { ReadDepth } from '../../session/trace/read-spans.ts'
import type { WaterfallOptions } from '../../trace/waterfall/waterfall.ts'
import { readDuration } from '../../units/parse.ts'

/** Flags only of this command, as commander stores them. */
interface Flags {
  slowest?: boolean
  latest?: boolean
  fold: boolean
  depth?: number
  errors?: boolean
  grep?: RegExp
  attributes?: boolean
  stack?: boolean
  percentile?: boolean
  why?: Nanos | true
  criticalPath?: boolean
  skew?: 'fix'
  html?: string
}

export interface TraceOptions extends Options {
  slowest: boolean
  criticalPath: boolean
  /** Read where durations lie among those of their operations. */
  percentile: boolean
  /** Mark the spans that `otrace why` names, in a window of so many ns. */
  why?: Nanos
  fixSkew: boolean
  /** The file for an HTML page. */
  html?: string
  waterfall: WaterfallOptions
  depth: ReadDepth
}

/** Adds every flag of the command. */
export function addTraceFlags(command: Command): void {
  command
    .optionsGroup('Select a trace:')
    .addOption(new Option('--slowest', 'the trace with the longest span').conflicts('latest'))
    .option('--latest', 'the trace with the newest span')
  command
    .optionsGroup('Filter the output:')
    .option('--no-fold', "don't group similar spans")
    .addOption(countOption('--depth <n>', 'levels to show', 3).default(undefined))
    .option('--errors', 'failed spans of the trace and their ancestors (--error chooses a trace)')
    .addOption(
      option('--grep <regex>', 'spans whose shown text matches, and their ancestors', readRegex),
    )
    .option('--attributes', 'all attributes instead of the important ones')
    .option('--stack', 'stack traces of exceptions')
    .option('--percentile', 'percentile of each span among those of its operation in the last hour')
    .addOption(
      option(
        '--why [duration]',
        'mark what `otrace why` finds in this time until now (1h if none is given)',
        (flag, text) => readDuration(flag, text),
      ),
    )
    .option('--critical-path', 'only the critical path, with shares of the time')
    .addOption(
      new Option('--skew <mode>', 'fix: correct clock skew between hosts').choices(['fix']),
    )
  command
    .optionsGroup('Output:')
    .option('--html <file>', 'write a self-contained page: zoom, search, keyboard')
  addQueryFlags(command, ['otlp'])
}

/**
 * The options of the command. An id names the trace: the filters then choose spans within it.
 * @throws OtraceError (exit 2) for flags that contradict each other
 */
export function readTraceOptions(
  command: Command,
  withId: boolean,
  context: Context,
): TraceOptions {
  const flags = command.opts<Flags>()
  const given = { ...command.opts(), ...(withId ? NO_WINDOW : {}) }
  const options = readOptions(given, context, { allTime: withId })
  if (withId) noteWindow(command, context)
  refuseUnused(command, flags, options, withId)
  const choosing = flags.slowest || flags.latest || hasFilter(options, 'error')
  if (withId && (flags.slowest || flags.latest)) {
    const typed = flags.slowest ? '--slowest' : '--latest'
    throw usage(`${typed} can't be used with a trace id`, 'leave one of them out')
  }
  if (!withId && !choosing) throw noTrace('no trace specified')
  const minDuration = filterValue(options, 'min-duration')
  const waterfall: WaterfallOptions = {
    fold: flags.fold,
    attributes: flags.attributes ?? false,
    stack: flags.stack ?? false,
    depth: flags.depth,
    errors: flags.errors || (withId && hasFilter(options, 'error')),
    services: withId ? (filterValue(options, 'service') as string[] | undefined) : undefined,
    minDuration: withId && minDuration !== undefined ? Number(minDuration) : undefined,
    grep: flags.grep,
  }
  return {
    ...options,
    filters: withId ? NO_FILTERS : options.filters,
    slowest: flags.slowest ?? false,
    criticalPath: flags.criticalPath ?? false,
    percentile: flags.percentile ?? false,
    ...(flags.why === undefined ? {} : { why: flags.why === true ? USUAL_WHY : flags.why }),
    fixSkew: flags.skew === 'fix',
    html: flags.html,
    waterfall,
    depth: depthOf(flags, options),
  }
}

/** The window of `otrace why`, in ns. */
const USUAL_WHY = 3_600_000_000_000n

const filterValue = ({ filters }: Options, name: Filter) =>
  filters.conditions.find(({ filter }) => filter === name)?.value
const hasFilter = ({ filters }: Options, name: Filter) =>
  filters.conditions.some(({ filter }) => filter === name)

/** Flags of the tree. The filters join them only for a trace given by its id. */
const OF_TREE = ['errors', 'grep', 'depth', 'fold', 'attributes', 'stack', 'percentile', 'why']
const OF_ONE = ['service', 'minDuration', 'error']

/** The others have a row for each span. */
const NOT_ROWS: readonly string[] = ['terminal', 'json', 'markdown']

/** Flags without meaning within one trace. */
const CHOOSERS = FILTER_FLAGS.filter(
  (flag) => ![...OF_ONE, 'dedupe', 'distinct', 'weight'].includes(flag),
)

const NO_WINDOW = { since: undefined, from: undefined, to: undefined }

/** A window does no harm to a trace that its id names. */
function noteWindow(command: Command, { say }: Context): void {
  const typed = command.options.find(
    (option) =>
      option.attributeName() in NO_WINDOW &&
      command.getOptionValueSource(option.attributeName()) === 'cli',
  )
  if (typed) say(`${typed.long} has nothing to apply to: a trace is read whole`)
}

function refuseUnused(command: Command, flags: Flags, { output }: Options, withId: boolean): void {
  if (withId) {
    refuseTyped(
      command,
      CHOOSERS,
      "can't be used with a trace id",
      'leave one of them out; --grep, --service, --min-duration and --errors choose spans of a trace',
    )
  }
  if (flags.html !== undefined) refuseOtherForms(command, flags.html)
  if (NOT_ROWS.includes(output.format))
    refuseTyped(command, ROW_FLAGS, 'applies to rows', 'add -o csv or -o ndjson')
  const isDrawn = output.format === 'terminal' && output.ownFormat === undefined && !flags.html
  if (!isDrawn) {
    refuseTyped(command, ['why'], 'marks spans on the terminal alone', 'use otrace why --json')
    refuseTyped(command, ['percentile'], 'marks spans on the terminal alone', 'leave it out')
  }
  if (!flags.criticalPath) return
  refuseTyped(
    command,
    [...OF_TREE, ...(withId ? OF_ONE : [])],
    "can't be used with --critical-path",
    'leave one of them out: in the tree, █ marks the critical path',
  )
  if (isDrawn) return
  refuseTyped(
    command,
    ['json', 'output', 'html'],
    "can't be used with --critical-path",
    'give one of them; --json has the path as critical_path[], -o csv in the column critical',
  )
}

export function noTrace(sentence: string): OtraceError {
  const hint = 'give its id, or --slowest, --latest or --error; `otrace slow` lists some'
  return usage(sentence, hint)
}

/** Folded spans are not shown individually, so their texts are not read. */
function depthOf({ html, fold, grep, attributes }: Flags, { output }: Options): ReadDepth {
  const drawn = html === undefined && output.format === 'terminal' && output.ownFormat === undefined
  if (!drawn || attributes) return 'all'
  return fold && grep === undefined ? 'outline' : 'shown'
}

function readRegex(flag: string, text: string): RegExp {
  if (text === '') {
    throw usage(`${flag} is empty`, `write it like ${flag} timeout, or leave it out`)
  }
  try {
    return new RegExp(text, 'i')
  } catch (error) {
    const why = error instanceof Error ? error.message : ''
    throw usage(`${flag}: ${why}`, 'escape literal ( [ { * + ? . with a backslash')
  }
}
