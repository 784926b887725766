/** `otrace attributes [key]`: which attributes there are, or the values of one. */
import { Command } from 'commander'
import { answer } from '../answer.ts'
import { type Asking, asking } from '../asking.ts'
import { addAskingFlags, type Globals, readCount } from '../config.ts'
import type { Context } from '../context.ts'
import { OtraceError } from '../errors.ts'
import { type Instant, isoText } from '../query/window.ts'
import { findRollup } from '../rollup.ts'
import { statementOf } from '../rows-of.ts'

const DESCRIPTION = `Show which attributes spans, resources and events have; with a key, its values.

Columns: on (span, resource, event), key, spans, values (how many different ones, about), examples. With a key: on, value, spans,
error_share, p95 (ns), last_seen, last_trace_id. Narrow either with the flags of "Spans".

Where ClickStack sums attributes up (<table>_kv_rollup_15m), the answer without such flags is for whole quarters of an hour.`

/** The command. */
export function attributesCommand(context: Context): Command {
  const command = new Command('attributes').summary('Show which attributes there are')
  command
    .description(DESCRIPTION)
    .argument('[key]', 'an attribute of spans, resources or events, such as http.route')
  command.optionsGroup('Question:').option('--limit <rows>', 'most rows to show', '100')
  addAskingFlags(command)
  return command.action(async (key: string | undefined) => {
    const flags = command.opts<Globals & { limit: string }>()
    const limit = readCount('--limit', flags.limit, 100)
    if (key === '') {
      throw new OtraceError('usage', 'the key is empty', 'leave it out to see which there are')
    }
    const ask = (asked: Asking, name: string, given: Record<string, string | number>) =>
      answer(asked, statementOf(`attributes/${name}.sql`, given, asked.source), {
        title: key === undefined ? 'Attributes' : `Values of ${key}`,
        panel: 'table',
        units: { error_share: 'percentunit', p95: 'ns' },
        limit,
      })
    await asking(flags, context, async (asked) => {
      if (key !== undefined) return ask(asked, 'values', { limit: limit + 1, key })
      const rollup = await findRollup(asked)
      if (!rollup) return ask(asked, 'keys', { limit: limit + 1 })
      const { table, window } = rollup
      context.say(
        `summed up by ${table}, so for whole quarters of an hour: ${toMinute(window.from)} to ${toMinute(window.to)}; with a flag of "Spans" the spans themselves are asked`,
      )
      const rounded = { ...asked, source: { ...asked.source, window } }
      return ask(rounded, 'keys-of-rollup', { limit: limit + 1, rollup: table })
    })
  })
}

const toMinute = (at: Instant) => `${isoText(at).slice(0, 16)}Z`
