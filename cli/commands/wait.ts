/** `otrace wait`: wait until spans have arrived and settled. */

import { Command, type Option } from 'commander'
import type { Context } from '../context.ts'
import { notFound } from '../errors.ts'
import { addConnectionFlags } from '../options/connection.ts'
import { addExamples } from '../options/examples.ts'
import { addFilterFlags } from '../options/filters.ts'
import { countOption, option } from '../options/option.ts'
import { type OptionFlags, readOptions } from '../options/options.ts'
import { addWindowFlags } from '../options/window.ts'
import { write } from '../output/output.ts'
import { settledText, waitForSettled } from '../session/gate/settle.ts'
import { waitedForNote } from '../session/notes/names.ts'
import { withSession } from '../session/open.ts'
import { readTraceId } from '../session/trace/trace-id.ts'
import { readSeconds } from '../units/parse.ts'

const DESCRIPTION = `Wait until spans have settled: each root has ended, no parent is missing, and nothing new
arrived for --quiet. Name a trace, or choose spans with the flags of "Spans".

Exit codes: 0 settled, 5 not settled when the time is up: no data, too few, half-arrived or still arriving.`

const EXAMPLES = [
  'otrace wait --service shop --count 100',
  'otrace wait 4bf92f3577b34da6a3ce929d0e0e4736 --timeout 1m',
]

interface Flags {
  quiet: number
  count: number
  json?: boolean
}

export function waitCommand(context: Context): Command {
  const command = new Command('wait')
    .description(DESCRIPTION)
    .argument('[trace-id]', 'a trace id of 32 digits')
    .optionsGroup('Wait:')
    .addOption(countOption('--count <n>', 'minimum number of spans', 1))
    .addOption(
      option('--quiet <duration>', 'time without a new span', readSeconds).default(2, '2s'),
    )
    .option('--json', 'one JSON object')
  addExamples(command, EXAMPLES, [
    'otrace trace <trace-id> - the trace that has arrived',
    'otrace check - whether its spans are as expected',
  ])
  addWindowFlags(command)
  addFilterFlags(command)
  addConnectionFlags(command)
  // Elsewhere --timeout limits one query; here it limits the whole wait.
  const timeout = command.options.find((one): one is Option => one.long === '--timeout')!
  timeout.description = 'time after which to give up (default: 30s)'
  return command.action(async (id: string | undefined) => {
    const { quiet, count, json } = command.opts<Flags>()
    const { timeout = '30s', ...flags } = command.opts<OptionFlags>()
    const settle = {
      quiet: quiet * 1000,
      timeout: readSeconds('--timeout', timeout) * 1000,
      count,
      trace: id === undefined ? undefined : readTraceId(id, 32),
    }
    let unknown: string | undefined
    const settled = await withSession(readOptions(flags, context), context, async (session) => {
      const found = await waitForSettled(session, settle, flags.to === undefined)
      if (found.verdict === 'no data') unknown = await waitedForNote(session)
      return found
    })
    if (json) await write(context.stdout, `${JSON.stringify(settled)}\n`)
    else if (settled.verdict === 'settled') context.say(settledText(settled))
    if (settled.verdict === 'settled') return
    const tooShort =
      settled.verdict === 'still arriving' && settle.timeout <= settle.quiet
        ? `nothing settles before --quiet ${quiet}s has passed: raise --timeout, or lower --quiet`
        : undefined
    throw notFound(settledText(settled), tooShort ?? unknown ?? HINTS[settled.verdict])
  })
}

const HINTS = {
  'no data': 'check that the service exports to this store: otrace services',
  'half-arrived': 'wait longer, or look for services that do not export',
  'still arriving': 'wait longer: --timeout 2m; with traffic that never ends: --to now',
  'too few': 'wait longer, or lower --count',
}
