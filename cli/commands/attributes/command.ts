/** `otrace attributes [key]`: the attributes of the spans, or the values of one key. */

import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { usage } from '../../errors.ts'
import { addExamples } from '../../options/examples.ts'
import { countOption } from '../../options/option.ts'
import { addQueryFlags, readOptions } from '../../options/options.ts'
import { isUnfiltered } from '../../query/filters.ts'
import { isoText, type Nanos } from '../../query/window.ts'
import { withSession } from '../../session/open.ts'
import { printResult } from '../../session/print.ts'
import { builtInQuery } from '../../session/run.ts'
import { hourlySource } from '../../session/sampling.ts'
import type { Session } from '../../session/session.ts'
import { findRollup } from './rollup.ts'

const DESCRIPTION = `List the attributes of spans, resources and events, or the values of one key.

Columns: on (span, resource, event), key, spans, values (approximate distinct count), examples. With a key: on, value, spans,
error_share (of spans with the status error), p95 (ns), last_seen, last_trace_id, samples. The flags of "Spans"
filter both.

The local store adds whole hours up: spans are exact, values within 3 %, examples of the last hour with spans. --exact
and flags other than --service read every span.

With ClickStack's rollup (<table>_kv_rollup_15m) and no such flag, the window is rounded to 15 minutes.`

/** The command. */
export function attributesCommand(context: Context): Command {
  const command = new Command('attributes')
  command
    .description(DESCRIPTION)
    .argument('[key]', 'an attribute of spans, resources or events, such as http.route')
  command
    .optionsGroup('Query:')
    .addOption(countOption('-n, --limit <n>', 'maximum number of rows', 100))
  addQueryFlags(command)
  command.option('--exact', 'read every span instead of the sums of whole hours')
  addExamples(
    command,
    [
      'otrace attributes --service shop',
      'otrace attributes http.route --since 1d',
      'otrace attributes user.id --error --limit 10',
    ],
    [
      'otrace top <key> - the values of one with rates and errors',
      'otrace spans --show <keys> - spans with them',
    ],
  )
  return command.action(async (key: string | undefined) => {
    const { limit } = command.opts<{ limit: number }>()
    if (key === '') {
      throw usage('the key is empty', 'leave it out to list all keys')
    }
    const ask = (
      session: Session,
      name: string,
      given: Record<string, string | number>,
      notes: { rounded?: string; reason?: string | undefined } = {},
    ) =>
      printResult(session, builtInQuery(`internal/attributes/${name}.sql`, given, session.source), {
        ...notes,
        title: key === undefined ? 'Attributes' : `Values of ${key}`,
        panel: 'table',
        units: { error_share: 'percentunit', p95: 'ns' },
        ...(key === undefined ? {} : { samples: 'samples' }),
        limit,
        sought: isUnfiltered(session.source.filters) ? { key } : {},
      })
    await withSession(readOptions(command.opts(), context), context, async (session) => {
      if (key !== undefined) return ask(session, 'values', { limit: limit + 1, key })
      const hourly = hourlySource(session)
      if (typeof hourly === 'object') {
        const ofHours = { ...session, source: hourly }
        return ask(ofHours, 'keys-of-hours', { limit: limit + 1 }, { rounded: ROUNDED })
      }
      const rollup = await findRollup(session)
      if (!rollup) return ask(session, 'keys', { limit: limit + 1 }, { reason: hourly })
      const { table, window } = rollup
      context.say(
        `summed up by ${table}, so for whole quarters of an hour: ${toMinute(window.from)} to ${toMinute(window.to)}; with a flag of "Spans" the spans themselves are asked`,
      )
      const rounded = { ...session, source: { ...session.source, window } }
      return ask(rounded, 'keys-of-rollup', { limit: limit + 1, rollup: table })
    })
  })
}

const ROUNDED =
  'numbers of values are within 3 %: spans of whole hours are added up (--exact reads every span)'

const toMinute = (at: Nanos) => `${isoText(at).slice(0, 16)}Z`
