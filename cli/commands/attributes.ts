/** `otrace attributes [key]`: which attributes there are, or the values of one. */
import { Command } from 'commander'
import { answer, asking } from '../asking.ts'
import { readQuery } from '../catalogue.ts'
import { addAskingFlags, type Globals } from '../config.ts'
import type { Context } from '../context.ts'
import { OtraceError } from '../errors.ts'
import { compose } from '../query/compose.ts'
import { stripHeader } from '../query/header.ts'

const DESCRIPTION = `Show which attributes spans, resources and events have; with a key, its values.

Columns: on (span, resource, event), key, spans, values (how many different ones, about), examples. With a key: value, spans,
error_share, p95 (ns), last_seen, last_trace_id. Narrow either with the flags of "Spans".`

/** The command. */
export function attributesCommand(context: Context): Command {
  const command = new Command('attributes').summary('Show which attributes there are')
  command
    .description(DESCRIPTION)
    .argument('[key]', 'an attribute of spans or resources, such as http.route')
  command.optionsGroup('Question:').option('--limit <rows>', 'most rows to show', '100')
  addAskingFlags(command)
  return command.action(async (key: string | undefined) => {
    const flags = command.opts<Globals & { limit: string }>()
    const limit = Number(flags.limit)
    if (!Number.isInteger(limit) || limit < 1) {
      throw new OtraceError(
        'usage',
        `--limit '${flags.limit}' is not a whole number`,
        'write it like 100',
      )
    }
    const given = { limit: limit + 1, ...(key === undefined ? {} : { key }) }
    const sql = stripHeader(readQuery(`attributes/${key === undefined ? 'keys' : 'values'}.sql`))
    await asking(flags, context, (asked) =>
      answer(asked, compose(sql, given, asked.source), {
        title: key === undefined ? 'Attributes' : `Values of ${key}`,
        panel: 'table',
        units: { error_share: 'percentunit', p95: 'ns' },
        limit,
      }),
    )
  })
}
