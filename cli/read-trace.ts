/** Reads the spans of one trace; of a large one no more than is shown, for their bytes are what takes long. Used by find-trace.ts. */
import type { Asking } from './asking.ts'
import { readQuery } from './catalogue.ts'
import {
  compose,
  composeFlat,
  type Settings,
  type Source,
  type Statement,
} from './query/compose.ts'
import { decide } from './query/decide.ts'
import { stripHeader } from './query/header.ts'
import { prune } from './query/prune.ts'
import { batchesOf, rowsOf, statementOf } from './rows-of.ts'
import { TARGET_KEYS } from './trace/name.ts'
import { OUTLINE_COLUMNS, SHOWN_COLUMNS, type SpanRow, spanReader } from './trace/span.ts'

export interface TraceRows {
  rows: SpanRow[]
  /** Reads what the outline left out of those of its rows that are given, into them. */
  complete(rows: SpanRow[]): Promise<void>
}

/** A trace of more spans than this is large. */
const LARGE = 2_000
/** Beyond so many spans shown one by one, the whole trace is read instead of those. */
const SHOWN = 2_000
/** `LIMIT` for all there are. */
const ALL = Number.MAX_SAFE_INTEGER

/** What is read of each span: every column; those that are shown; of a large trace, those of the tree until others are asked for. */
export type Detail = 'all' | 'shown' | 'outline'

/**
 * The rows of a trace, none if it is not stored.
 * @param source where its spans are, and when if that is known
 */
export async function readTraceRows(
  asking: Asking,
  source: Source,
  id: string,
  detail: Detail,
): Promise<TraceRows> {
  const columns = detail === 'all' ? undefined : SHOWN_COLUMNS
  const read = async (part: Part, known: Reader | Promise<Reader>) => {
    const asked = batchesOf(asking, spansOfTrace(source, id, part))
    const [batches, reader] = await Promise.all([asked, known])
    const rows: SpanRow[] = []
    for await (const batch of batches) for (const row of batch) rows.push(reader(row))
    return rows
  }
  const first = spanReader(id)
  const few = await read({ columns, limit: LARGE + 1 }, first)
  if (few.length <= LARGE) return finished(await withoutDoubt(few, first, false))
  const resources = statementOf('trace/resources-of-trace.sql', { trace_id: id }, source)
  const reader = rowsOf(asking, resources).then((rows) => spanReader(id, rows))
  if (detail !== 'outline') {
    return finished(await withoutDoubt(await read({ columns, keyed: true }, reader), reader, true))
  }
  const light = await read({ columns: OUTLINE_COLUMNS, keyed: true, outline: true }, reader)
  const rows = await withoutDoubt(light, reader, true)
  const byId = new Map(light.map((row) => [row.span_id, row]))
  for (const one of repeatedIds(light)) byId.delete(one)
  return {
    rows,
    async complete(wanted) {
      const ids = wanted.filter((row) => byId.get(row.span_id) === row).map((row) => row.span_id)
      if (ids.length === 0) return
      const part = ids.length > SHOWN ? {} : { ids }
      for (const full of await read({ columns, keyed: true, ...part }, reader)) {
        Object.assign(byId.get(full.span_id) ?? {}, full)
      }
    },
  }

  /** Spans that share an id cannot be told apart by it, and are copies only if all of them is equal: those are read whole. */
  async function withoutDoubt(
    rows: SpanRow[],
    reader: Reader | Promise<Reader>,
    keyed: boolean,
  ): Promise<SpanRow[]> {
    if (!columns) return rows
    const ids = repeatedIds(rows)
    if (ids.size === 0) return rows
    if (ids.size > SHOWN) return read({ keyed }, reader)
    const alike = await read({ keyed, ids: [...ids] }, reader)
    return [...rows.filter((row) => !ids.has(row.span_id)), ...alike]
  }
}

type Reader = ReturnType<typeof spanReader>

function finished(rows: SpanRow[]): TraceRows {
  return { rows, complete: async () => {} }
}

/** Ids that several rows have. */
function repeatedIds(rows: SpanRow[]): Set<string> {
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const { span_id } of rows) (seen.has(span_id) ? repeated : seen).add(span_id)
  return repeated
}

interface Part {
  /** All of them unless some are named. */
  columns?: readonly string[] | undefined
  limit?: number
  /** Resources by key. */
  keyed?: boolean
  /** Of the attributes only those that names are made of. */
  outline?: boolean
  /** Only these spans. */
  ids?: string[]
}

/** Lets the server stop as soon as it has so many, though they are sorted. */
function enough(rows: number): Settings {
  return { max_rows_to_sort: rows, sort_overflow_mode: 'break' }
}

/** The statement that reads a trace's spans, or some of them, or less of each. */
export function spansOfTrace(source: Source, id: string, part: Part = {}): Statement {
  const { columns, limit = ALL, keyed = false, outline = false, ids } = part
  const file = decide(stripHeader(readQuery('trace/spans-of-trace.sql')), 'outline', outline)
  const sql = decide(decide(file, 'keyed', keyed), 'some', ids !== undefined)
  const given = { trace_id: id, limit, ids: ids ?? [], target_keys: [...TARGET_KEYS] }
  const question = columns ? prune(sql, columns.join(' ')) : sql
  if (keyed) return compose(question, given, source)
  const { settings, ...flat } = composeFlat(question, given, source)
  return { ...flat, settings: { ...settings, ...(limit < ALL ? enough(limit) : {}) } }
}
