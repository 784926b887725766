/** Reads the spans of one trace; of a large one no more than is shown, for their bytes are what takes long. Used by find-trace.ts. */
import type { Asking } from './asking.ts'
import { readQuery } from './catalogue.ts'
import { compose, type ParamValue, type Source, type Statement } from './query/compose.ts'
import { decide } from './query/decide.ts'
import { stripHeader } from './query/header.ts'
import { prune } from './query/prune.ts'
import { batchesOf, rowsOf, statementOf } from './rows-of.ts'
import { OUTLINE_COLUMNS, type SpanRow, spanReader } from './trace/span.ts'

export interface TraceRows {
  rows: SpanRow[]
  /** Reads what the outline left out of these rows, into them. */
  complete(rows: SpanRow[]): Promise<void>
}

/** A trace of more spans than this is large. */
const LARGE = 2_000
/** Beyond so many spans shown one by one, the whole trace is read instead of those. */
const SHOWN = 2_000
/** `LIMIT` for all there are. */
const ALL = Number.MAX_SAFE_INTEGER

/**
 * The rows of a trace, none if it is not stored.
 * @param source where its spans are, and when if that is known
 * @param outline of a large trace, read the columns that the tree needs, and the others for spans that are asked for
 */
export async function readTraceRows(
  asking: Asking,
  source: Source,
  id: string,
  outline: boolean,
): Promise<TraceRows> {
  const read = async (statement: Statement, reader: ReturnType<typeof spanReader>) => {
    const rows: SpanRow[] = []
    for await (const batch of await batchesOf(asking, statement)) {
      for (const row of batch) rows.push(reader(row))
    }
    return rows
  }
  const few = await read(spansOfTrace(source, id, { limit: LARGE + 1 }), spanReader(id))
  if (few.length <= LARGE) return { rows: few, complete: async () => {} }
  const resources = statementOf('trace/resources-of-trace.sql', { trace_id: id }, source)
  const reader = spanReader(id, await rowsOf(asking, resources))
  const whole = () => read(spansOfTrace(source, id, { keyed: true }), reader)
  if (!outline) return { rows: await whole(), complete: async () => {} }
  const light = await read(spansOfTrace(source, id, { keyed: true, outline: true }), reader)
  const byId = new Map<string, SpanRow>()
  const repeated = new Set<string>()
  for (const row of light) {
    if (byId.has(row.span_id)) repeated.add(row.span_id)
    else byId.set(row.span_id, row)
  }
  const named = (ids: string[]) => read(spansOfTrace(source, id, { keyed: true, ids }), reader)
  if (repeated.size > SHOWN) return { rows: await whole(), complete: async () => {} }
  // Spans that share an id cannot be told apart by it, and are copies only if all of them is equal.
  const alike = repeated.size === 0 ? [] : await named([...repeated])
  return {
    rows: [...light.filter((row) => !repeated.has(row.span_id)), ...alike],
    async complete(rows) {
      const ids = rows.map((row) => row.span_id).filter((one) => !repeated.has(one))
      if (ids.length === 0) return
      for (const full of await (ids.length > SHOWN ? whole() : named(ids))) {
        if (!repeated.has(full.span_id)) Object.assign(byId.get(full.span_id) ?? {}, full)
      }
    },
  }
}

interface Part {
  limit?: number
  /** Resources by key. */
  keyed?: boolean
  outline?: boolean
  /** Only these spans. */
  ids?: string[]
}

/** The statement that reads a trace's spans, or some of them, or less of each. */
export function spansOfTrace(source: Source, id: string, part: Part = {}): Statement {
  const { limit = ALL, keyed = false, outline = false, ids } = part
  const file = stripHeader(readQuery('trace/spans-of-trace.sql'))
  const sql = decide(decide(file, 'keyed', keyed), 'some', ids !== undefined)
  const given: Record<string, ParamValue> = { trace_id: id, limit, ids: ids ?? [] }
  return compose(outline ? prune(sql, OUTLINE_COLUMNS.join(' ')) : sql, given, source)
}
