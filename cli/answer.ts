/** Writes the answer to one statement, as the flags want it, with what must be said beside it; used by every command that asks. */
import type { Asking } from './asking.ts'
import type { Globals } from './config.ts'
import { costText, explain } from './cost.ts'
import { whyNothing } from './nothing.ts'
import { type Format, write, writeAnswer } from './output.ts'
import type { Statement } from './query/compose.ts'
import { DEFAULT_SINCE } from './query/window.ts'
import type { Panel } from './render/panels.ts'
import type { Column, Row } from './render/renderer.ts'
import type { Unit } from './render/units.ts'
import type { Result } from './store/store.ts'
import { settleWeights } from './weights.ts'

export async function collect(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = []
  for await (const row of rows) all.push(row)
  return all
}

/** How an answer is drawn, beside its columns. */
export interface Look {
  title: string
  panel: Panel
  units: Record<string, Unit>
  /** Most rows; one more was asked for, and is what tells that there are more. */
  limit?: number
  /** Changes the answer's columns and rows before they are written. */
  reshape?: (result: Result) => Result
}

/** Asks one statement and writes its answer, or prints it (`--sql`); explains and measures it where that was asked for. */
export async function answer(asking: Asking, composed: Statement, look: Look): Promise<void> {
  const { store, source, flags, context } = asking
  if (flags.sql) return write(printed(composed))
  const { statement, note } = await settleWeights(store, source, composed)
  if (flags.explain) await explain(asking, statement)
  const measured = Boolean(flags.verbose || flags.explain)
  const asked = await store.ask(statement, { database: source.database, measured })
  const result = look.reshape?.(asked) ?? asked
  const columns = withUnits(result.columns, look.units)
  const seen = { rows: 0, something: false }
  const limit = look.limit ?? Number.POSITIVE_INFINITY
  const title = [look.title, look.title && windowText(asking)].filter(Boolean).join(' · ')
  await writeAnswer(
    { title, columns, rows: firstRows(result.rows, limit, seen) },
    formatOf(flags),
    look.panel,
    context.screen(flags.utc),
  )
  if (seen.rows > limit) {
    const shown = limit === 1 ? 'the first row is' : `the first ${limit} rows are`
    context.say(`only ${shown} shown: there are more, see --limit`)
  }
  if (!seen.something && look.title !== '') context.say(await whyNothing(asking))
  if (note) context.say(note)
  if (measured) context.say(costText(result.cost, store))
}

/** Columns with the units that their question gives them. */
export function withUnits(columns: Column[], units: Record<string, Unit>): Column[] {
  return columns.map((column) => {
    const unit = units[column.name]
    return unit ? { ...column, unit } : column
  })
}

/** The format that the flags ask for. */
export function formatOf(flags: Globals): Format {
  return flags.json ? 'json' : (flags.output ?? 'terminal')
}

/** Steps without anything in them are not something: a question over time has rows for each. */
async function* firstRows(
  rows: AsyncIterable<Row>,
  limit: number,
  seen: { rows: number; something: boolean },
) {
  for await (const row of rows) {
    if (++seen.rows <= limit) yield row
    seen.something ||= Object.entries(row).some(([name, cell]) => name !== 'time' && Boolean(cell))
  }
}

/** The window in words, as it was asked for. */
function windowText({ source, flags }: Asking): string {
  if (!source.window) return ''
  if (flags.from === undefined && flags.to === undefined)
    return `last ${flags.since ?? DEFAULT_SINCE}`
  const from = flags.from ?? `${flags.since ?? DEFAULT_SINCE} before`
  return `from ${from} to ${flags.to ?? 'now'}`
}

function printed({ sql, params }: Statement): string {
  const values = Object.entries(params).map(
    ([name, value]) => `-- ${name} = ${JSON.stringify(value)}`,
  )
  return `${[...values, sql].join('\n')}\n`
}
