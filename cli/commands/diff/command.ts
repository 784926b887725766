/** `otrace diff`: which attributes tell two groups of spans apart. */
import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { usage } from '../../errors.ts'
import { addExamples } from '../../options/examples.ts'
import {
  addFilterFlags,
  type FilterFlags,
  filterWords,
  readFilters,
} from '../../options/filters.ts'
import { countOption } from '../../options/option.ts'
import { addQueryFlags, type OptionFlags, readOptions } from '../../options/options.ts'
import { ROW_FLAGS } from '../../options/output.ts'
import { withoutFlags, withoutSql } from '../../options/unused.ts'
import { addWindowFlags, readWindow, WINDOW_FLAGS, type WindowFlags } from '../../options/window.ts'
import { withSession } from '../../session/open.ts'

const DESCRIPTION = `Find out which attributes tell two groups of spans apart: the spans that the flags select, and those that the flags after --against choose. Spans of both groups count as selected. Without --against, the others are the other spans of the same services, names and kinds.

Counts each value of at least 1 % of the spans of a group, absent attributes included, and compares numbers by rank. Rows are in the order of the difference that is certain. Values of the same spans share a row, and a row says where another one explains its difference. Attributes of the filters are left out, and with --error those that say how a span failed, such as status codes and exception.type.

Both groups have the same window unless a flag after --against changes it. Groups above 3 million spans are sampled by trace id.

Columns of ndjson and csv: kind (value, absent, number), place (column, attribute, resource), key, value, counts and shares (selected, others), difference and interval (-1 to 1), within (share of all spans with it), medians (selected, others; ns for the duration), twins, explained_by, next.`

const EXAMPLES = [
  'otrace diff --error --since 1h',
  'otrace diff --kind server --min-duration 20ms --against --kind server',
  "otrace diff --attr product.quantity=1 --against --attr 'product.quantity!=1'",
  'otrace diff --kind server --from 14:00 --to 14:30 --against --kind server --from 13:00 --to 13:30',
]

type AgainstFlags = FilterFlags & WindowFlags

/** The command. */
export function diffCommand(context: Context): Command {
  const command = new Command('diff').description(DESCRIPTION)
  addExamples(command, EXAMPLES, [
    'otrace spans --attr <key>=<value> - the spans with one value',
    'otrace why - what changed between two windows',
  ])
  command
    .optionsGroup('Comparison:')
    .option('--against', 'begins the flags that choose the other spans')
    .addOption(
      countOption(
        '-n, --limit <n>',
        'differences to show (default: 12 in the terminal and in Markdown)',
        12,
      ).default(undefined),
    )
  addQueryFlags(command)
  const rows = 'has nothing to apply to: a report has no rows'
  withoutFlags(command, ['failIfEmpty', 'failIfAny', 'csvSafe', ...ROW_FLAGS], rows, 'leave it out')
  withoutSql(command)
  const others = readOthers(command)
  return command.action(async () => {
    const { limit, ...flags } = command.opts<OptionFlags & { limit?: number }>()
    const options = readOptions(flags, context)
    const window = options.window!
    const selection = { filters: options.filters, window }
    const typed = others()
    const own = typed
      ? { ...defaultService(command), ...typed }
      : { service: flags.service, name: flags.name, kind: flags.kind }
    const hasWindow = WINDOW_FLAGS.some((name) => typed?.[name] !== undefined)
    const otherWindow = hasWindow ? readWindow(typed!, context.now()) : window
    const against = { filters: readFilters(own as AgainstFlags), window: otherWindow }
    const words = [filterWords(flags), filterWords(own as AgainstFlags)]
    if (words[0]!.join('\0') === words[1]!.join('\0') && otherWindow === window) {
      throw usage(
        'both groups are the same spans',
        'add a filter, such as --error or --min-duration 300ms',
      )
    }
    // Loaded here, so that other commands start without it.
    const { printDiff } = await import('./print.ts')
    const windows = [flags, hasWindow ? typed! : flags].map(windowWords)
    await withSession(options, context, (session) =>
      printDiff(session, { options, limit, selection, against, words, windows }),
    )
  })
}

/** The configured service, which both groups have. */
function defaultService(command: Command): Pick<OptionFlags, 'service'> {
  const isDefault = command.getOptionValueSource('service') === 'config'
  return isDefault ? { service: command.getOptionValue('service') } : {}
}

const windowWords = (flags: WindowFlags): string[] =>
  WINDOW_FLAGS.flatMap((name) => (flags[name] === undefined ? [] : [`--${name}`, flags[name]]))

/** Takes the filters and the window after --against out of the arguments; other flags are the command's. */
function readOthers(command: Command): () => AgainstFlags | undefined {
  let found: AgainstFlags | undefined
  const parse = command.parseOptions.bind(command)
  command.parseOptions = (args) => {
    const at = args.indexOf('--against')
    if (at === -1) return parse(args)
    const others = addFilterFlags(addWindowFlags(new Command('against').exitOverride()))
    others.configureOutput({ outputError: () => {} })
    const { operands, unknown } = others.parseOptions(args.slice(at + 1))
    found = others.opts<AgainstFlags>()
    return parse([...args.slice(0, at + 1), ...operands, ...unknown])
  }
  return () => found
}
