/** `otrace trace`: one trace, told completely. */
import { Command, Option } from 'commander'
import { answer } from '../answer.ts'
import { type Asking, asking } from '../asking.ts'
import { addAskingFlags, type Globals } from '../config.ts'
import type { Context } from '../context.ts'
import { OtraceError } from '../errors.ts'
import { FORMATS } from '../output.ts'
import type { Detail } from '../read-trace.ts'
import { parseUnit } from '../render/units.ts'
import { readTraceId } from '../trace/id.ts'
import { jsonShape } from '../trace/json-shape.ts'
import type { WaterfallOptions } from '../trace/waterfall.ts'
import { refuseOtherForms, refuseTyped, withoutFlags } from './unused.ts'

export interface TraceFlags extends Omit<Globals, 'output'> {
  output?: (typeof TRACE_FORMATS)[number]
  slowest?: boolean
  latest?: boolean
  fold: boolean
  depth?: string
  errors?: boolean
  grep?: string
  attributes?: boolean
  stack?: boolean
  criticalPath?: boolean
  skew?: 'fix'
  html?: string
}

const TRACE_FORMATS = [...FORMATS, 'otlp'] as const

const DESCRIPTION = `Show one trace: what happened, in which order, where the time went, what failed, and what is missing.

The id may be cut to its first 8 digits or more, have dashes, or be a traceparent. Without one, --slowest, --latest or --error choose the
trace by the flags of "Spans" within the window. With an id, --service and --min-duration choose what is shown of it.

In the bars, █ is the critical path: spans whose shortening would have shortened the trace. ━ is a span that only runs.
What --json and -o ndjson hold is listed at the end.`

/** The command. */
export function traceCommand(context: Context): Command {
  const command = new Command('trace')
    .summary('Show one trace as a tree with bars')
    .description(DESCRIPTION)
    .argument('[id]', 'trace id, the first digits of one, or a traceparent')
  command
    .optionsGroup('Which trace:')
    .addOption(new Option('--slowest', 'the one with the longest span').conflicts('latest'))
    .option('--latest', 'the one with the newest span')
  command
    .optionsGroup('What of it:')
    .option('--no-fold', 'show every span, alike ones too')
    .option('--depth <levels>', 'no deeper than this')
    .option('--errors', 'only what failed, and what leads there')
    .option(
      '--grep <regex>',
      'only spans that mention this in what is shown of them, and what leads there',
    )
    .option('--attributes', 'all attributes instead of those that matter')
    .option('--stack', "exceptions' stack traces")
    .option('--critical-path', 'only the critical path, with shares of the time')
    .addOption(
      new Option('--skew <mode>', 'fix: move spans of clocks that disagree').choices(['fix']),
    )
  command
    .optionsGroup('Output:')
    .option('--html <file>', 'write a page that needs no network: zoom, search, keyboard')
  addAskingFlags(command)
  command.addHelpText('after', `\n${jsonShape()}`)
  command.options.find(({ long }) => long === '--output')?.choices([...TRACE_FORMATS])
  const why = 'has nothing to apply to: a trace shows each of its spans once'
  withoutFlags(command, ['distinct', 'weight'], why, 'leave it out')
  return command.action(async (given: string | undefined) => {
    const flags = command.opts<TraceFlags>()
    if (given?.trim() === '') throw noTrace('the trace id is empty')
    const id = given === undefined ? undefined : readTraceId(given)
    refuseUnused(command, flags, id !== undefined)
    const options = readOptions(flags, id !== undefined)
    const { output, ...rest } = flags
    const globals: Globals = output === 'otlp' ? rest : { ...rest, ...(output ? { output } : {}) }
    const asked = id === undefined ? globals : withoutPopulation(globals)
    // Loaded here, so that other commands start without it.
    const { chooseTrace, findTrace, traceStatement } = await import('../find-trace.ts')
    const { tellTrace } = await import('../tell-trace.ts')
    const work = async (found: Asking) => {
      const chosen = id ?? (await chooseTrace(found, flags.slowest ? 'slowest' : 'latest'))
      if (flags.sql) {
        return answer(found, traceStatement(found, chosen), SQL_LOOK)
      }
      const now = new Date(Number(context.now() / 1_000_000n)).toISOString()
      const detail = detailOf(flags)
      const read = await findTrace(found, chosen, { fixSkew: flags.skew === 'fix', now, detail })
      await tellTrace(found, read, flags, options)
    }
    await asking(asked, context, work, { windowless: id !== undefined })
  })
}

/** Flags that have no meaning within one trace. */
const CHOOSERS = [
  'since',
  'from',
  'to',
  'name',
  'kind',
  'attr',
  'resource',
  'traceAttr',
  'event',
  'maxDuration',
  'where',
] as const satisfies (keyof TraceFlags)[]

/** Flags of the tree, beside those that choose spans of a trace only where its id is given. */
const OF_TREE = [
  'errors',
  'grep',
  'depth',
  'fold',
  'attributes',
  'stack',
] as const satisfies (keyof TraceFlags)[]
const OF_ONE = ['service', 'minDuration', 'error'] as const satisfies (keyof TraceFlags)[]

function refuseUnused(command: Command, flags: TraceFlags, withId: boolean): void {
  if (withId) {
    refuseTyped(
      command,
      CHOOSERS,
      'chooses among traces, and the id names one',
      'leave one of them out; --grep, --service, --min-duration and --errors choose spans of a trace',
    )
  }
  if (flags.html !== undefined) refuseOtherForms(command, flags.html)
  if (!flags.criticalPath) return
  refuseTyped(
    command,
    [...OF_TREE, ...(withId ? OF_ONE : [])],
    'is for the tree, and --critical-path lists the whole path',
    'leave one of them out: in the tree, █ marks the critical path',
  )
  if (flags.output === 'terminal') return
  refuseTyped(
    command,
    ['json', 'output', 'html'],
    'and --critical-path are two forms of the answer',
    'give one of them; --json has the path as critical_path[], -o csv in the column critical',
  )
}

const SQL_LOOK = { title: 'Trace', panel: 'table', units: {} } as const

function noTrace(sentence: string): OtraceError {
  const hint = 'give its id, or --slowest, --latest or --error; `otrace slow` lists some'
  return new OtraceError('usage', sentence, hint)
}

function readOptions(flags: TraceFlags, withId: boolean): WaterfallOptions {
  const choosing = flags.slowest || flags.latest || flags.error
  if (withId && (flags.slowest || flags.latest)) {
    throw new OtraceError('usage', 'an id and --slowest or --latest name two traces', 'give one')
  }
  if (!withId && !choosing) {
    throw noTrace('which trace?')
  }
  return {
    fold: flags.fold,
    attributes: flags.attributes ?? false,
    stack: flags.stack ?? false,
    depth: flags.depth === undefined ? undefined : readDepth(flags.depth),
    errors: flags.errors || (withId && flags.error),
    services: withId ? flags.service : undefined,
    minDuration: withId ? readLength(flags.minDuration) : undefined,
    grep: flags.grep === undefined ? undefined : readRegex(flags.grep),
  }
}

/** In folds most spans are not shown one by one. */
function detailOf({ json, output, html, fold, grep, attributes }: TraceFlags): Detail {
  const drawn = !json && html === undefined && (output ?? 'terminal') === 'terminal'
  if (!drawn || attributes) return 'all'
  return fold && grep === undefined ? 'outline' : 'shown'
}

function withoutPopulation({
  service: _s,
  minDuration: _d,
  error: _e,
  ...flags
}: Globals): Globals {
  return flags
}

function readDepth(text: string): number {
  const depth = Number(text)
  if (Number.isInteger(depth) && depth > 0) return depth
  throw new OtraceError('usage', `--depth '${text}' is no number of levels`, 'write it like 3')
}

function readLength(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ns = parseUnit(text, 'ns')
  if (ns !== undefined) return ns
  throw new OtraceError(
    'usage',
    `--min-duration '${text}' is not a duration`,
    'write it like 100ms',
  )
}

function readRegex(text: string): RegExp {
  if (text === '') {
    throw new OtraceError(
      'usage',
      '--grep is empty',
      'write it like --grep timeout, or leave it out',
    )
  }
  try {
    return new RegExp(text, 'i')
  } catch (error) {
    const why = error instanceof Error ? error.message : ''
    throw new OtraceError(
      'usage',
      `--grep: ${why}`,
      'put a \\ before ( [ { * + ? . that stand for themselves',
    )
  }
}
