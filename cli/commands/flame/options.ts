/** Flags of `otrace flame`. */
import { type Command, Option } from 'commander'
import type { Context } from '../../context.ts'
import { countOption } from '../../options/option.ts'
import { addQueryFlags, type Options, readOptions } from '../../options/options.ts'
import { ROW_FLAGS } from '../../options/output.ts'
import { refuseOtherForms, refuseTyped } from '../../options/unused.ts'

export interface FlameOptions extends Options {
  /** Maximum number of traces to read. */
  traces: number
  /** Maximum number of paths to show, if given. */
  limit?: number
  /** The file for an HTML page. */
  html?: string
}

/** Adds every flag of the command. */
export function addFlameFlags(command: Command): void {
  command
    .optionsGroup('Query:')
    .addOption(countOption('--traces <n>', 'maximum number of traces to read', 1000))
    .addOption(
      countOption('-n, --limit <n>', 'paths to show (default: 60 in the terminal)', 60).default(
        undefined,
      ),
    )
    .addOption(new Option('--html <file>', 'write a self-contained page: zoom, search, keyboard'))
  addQueryFlags(command, ['folded'])
}

/**
 * The options of the command.
 * @throws OtraceError (exit 2) for flags that contradict each other
 */
export function readFlameOptions(command: Command, context: Context): FlameOptions {
  const { traces, limit, html } = command.opts<Pick<FlameOptions, 'traces' | 'limit' | 'html'>>()
  const options = readOptions(command.opts(), context)
  const { format } = options.output
  if (format === 'terminal') {
    const why = 'applies to rows: a flame graph has none'
    refuseTyped(command, ROW_FLAGS, why, 'add -o csv or --json')
  }
  if (html !== undefined) {
    refuseOtherForms(command, html)
    const why = "can't be used with --html: the page has every path"
    refuseTyped(command, ['limit'], why, 'leave it out; --traces reads fewer traces')
  }
  return { ...options, traces, limit, html }
}
