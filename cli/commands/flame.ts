/** `otrace flame`: where the time of many traces went, merged by call path. */
import { Command } from 'commander'
import { type Asking, answer, asking, formatOf } from '../asking.ts'
import { readQuery } from '../catalogue.ts'
import {
  addConnectionFlags,
  addOutputFlags,
  addPopulationFlags,
  addWindowFlags,
  type Globals,
} from '../config.ts'
import type { Context } from '../context.ts'
import { OtraceError } from '../errors.ts'
import { ask, rowsOf } from '../find-trace.ts'
import { FORMATS, write, writeAnswer } from '../output.ts'
import { readTemplate, writePage } from '../pages.ts'
import { compose } from '../query/compose.ts'
import { stripHeader } from '../query/header.ts'
import type { Row } from '../render/renderer.ts'
import { type Flame, foldedStacks, inOrder, mergeTraces } from '../trace/flame.ts'
import { flamePage } from '../trace/flame-page.ts'
import { flameView } from '../trace/flame-view.ts'
import { type SpanRow, spanReader } from '../trace/span.ts'
import { buildTrace } from '../trace/tree.ts'

const FLAME_FORMATS = [...FORMATS, 'folded'] as const

interface Flags extends Omit<Globals, 'output'> {
  output?: (typeof FLAME_FORMATS)[number]
  traces: string
  limit: string
  html?: string
}

const DESCRIPTION = `Show where the time of many traces went: spans merged by their path of callers, with the time each was at work itself.

The flags of "Spans" choose where a path begins: --name 'POST /product/{id}' shows what happened beneath these spans. Without them
every trace counts from its root. Of more traces than --traces a sample is taken, the same each time, none preferred.

Columns: path, service, name, depth, calls, errors, total (ns), self (ns). -o folded is for other flame graph tools (µs).`

/** Ids in one statement: parameters travel in the address of a request, which servers bound at 16 KB. */
const BATCH = 200
const HOUR = 3_600_000_000_000n

/** The command. */
export function flameCommand(context: Context): Command {
  const command = new Command('flame').summary('Show where the time of many traces went')
  command.description(DESCRIPTION)
  command
    .optionsGroup('Question:')
    .option('--traces <count>', 'most traces to read', '1000')
    .option('--limit <paths>', 'most paths to show in the terminal', '60')
    .option('--html <file>', 'write a page that needs no network: zoom, search, keyboard')
  addWindowFlags(command)
  addPopulationFlags(command)
  addOutputFlags(command)
  addConnectionFlags(command)
  command.options.find(({ long }) => long === '--output')?.choices([...FLAME_FORMATS])
  return command.action(async () => {
    const flags = command.opts<Flags>()
    const traces = readCount('--traces', flags.traces)
    const limit = readCount('--limit', flags.limit)
    const { output, ...rest } = flags
    const globals: Globals = output === 'folded' ? rest : { ...rest, ...(output ? { output } : {}) }
    await asking(globals, context, async (asked) => {
      if (flags.sql) {
        const statement = compose(sql('flame-tops'), { limit: traces + 1 }, asked.source)
        return answer(asked, statement, { title: 'Flame', panel: 'table', units: {} })
      }
      const flame = await readFlame(asked, traces)
      await tell(asked, flame, flags, limit)
    })
  })
}

async function tell(asked: Asking, flame: Flame, flags: Flags, limit: number): Promise<void> {
  const { context } = asked
  if (flags.html !== undefined) {
    const about = (flags.name ?? flags.service ?? []).join(', ')
    await writePage(flags.html, flamePage(flame, readTemplate('flame'), about))
    return context.say(`wrote ${flags.html}: open it in a browser`)
  }
  if (flags.output === 'folded') return writeLines(foldedStacks(flame))
  const format = formatOf(asked.flags)
  if (format === 'terminal') return writeLines(flameView(flame, context.screen(flags.utc), limit))
  const columns = COLUMNS.map((name) => ({ name, type: 'String' }))
  await writeAnswer(
    { title: 'Flame', columns, rows: rows(flame) },
    format,
    'table',
    context.screen(),
  )
}

const COLUMNS = ['path', 'service', 'name', 'depth', 'calls', 'errors', 'total', 'self']

function* rows({ root }: Flame): Generator<Row> {
  const paths = new Map<object, string[]>()
  for (const frame of inOrder(root)) {
    const { parent, service, name, depth, calls, errors, total, self } = frame
    if (!parent) continue
    const path = [...(paths.get(parent) ?? []), name]
    paths.set(frame, path)
    yield { path, service, name, depth, calls, errors, total, self }
  }
}

async function readFlame(asked: Asking, most: number): Promise<Flame> {
  const { source, context } = asked
  const tops = await ask(asked, compose(sql('flame-tops'), { limit: most + 1 }, source))
  if (tops.length === 0) {
    throw new OtraceError(
      'notEnough',
      'no span in the window is as asked for',
      'widen the window with --since, or ask for less',
    )
  }
  if (tops.length > most) {
    tops.pop()
    context.say(`a sample of ${most} traces: there are more, see --traces`)
  }
  const { conditions, where } = source.population
  // Conditions on the trace alone choose traces, not where their paths begin.
  const chosen = conditions.length > 0 || where !== undefined
  const merging = mergeTraces()
  for (let at = 0; at < tops.length; at += BATCH) {
    const batch = tops.slice(at, at + BATCH)
    const ids = batch.map((row) => String(row.trace_id))
    const whole = { ...source, population: NOBODY, window: windowOf(batch) }
    const statement = compose(sql('flame-spans'), { trace_ids: ids }, whole)
    const traces = await byTrace(await rowsOf(asked, statement))
    for (const { trace_id, span_ids } of batch) {
      const spans = traces.get(String(trace_id))
      if (!spans) continue
      const from = chosen ? new Set((span_ids as string[]).map(String)) : undefined
      merging.add(buildTrace(spans), from)
    }
  }
  return merging.flame()
}

const NOBODY = { conditions: [], traceConditions: [] }

/** An hour around the chosen spans, for what called them and what they started. */
function windowOf(rows: Row[]): { from: bigint; to: bigint; bucket: number } {
  const times = rows.flatMap((row) => [BigInt(row.first as string), BigInt(row.last as string)])
  const [from = 0n, ...later] = times.sort((a, b) => (a < b ? -1 : 1))
  const to = later.at(-1) ?? from
  return { from: from - HOUR, to: to + HOUR, bucket: 1 }
}

async function byTrace(rows: AsyncIterable<Row>): Promise<Map<string, SpanRow[]>> {
  const read = spanReader()
  const traces = new Map<string, SpanRow[]>()
  for await (const row of rows) {
    const span = read(row)
    const known = traces.get(span.trace_id)
    if (known) known.push(span)
    else traces.set(span.trace_id, [span])
  }
  return traces
}

function sql(name: string): string {
  return stripHeader(readQuery(`trace/${name}.sql`))
}

function readCount(flag: string, text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count > 0 && count <= 1e6) return count
  throw new OtraceError('usage', `${flag} '${text}' is no number of them`, 'write it like 100')
}

async function writeLines(lines: Iterable<string>): Promise<void> {
  for (const line of lines) await write(`${line}\n`)
}
