/** Reads the spans of a trace; of a large trace, only the shown parts. */

import { setFlagsFromString } from 'node:v8'
import type { BoundQuery, ClickHouseSettings } from '../../query/compose/bound-query.ts'
import { compose, composeFlat } from '../../query/compose/compose.ts'
import { withFunctions } from '../../query/compose/functions.ts'
import type { SpansSource } from '../../query/compose/source.ts'
import { readSql } from '../../query/files.ts'
import { paste, resolveCondition } from '../../query/marks.ts'
import { prune } from '../../query/prune.ts'
import {
  OUTLINE_COLUMNS,
  SHOWN_COLUMNS,
  type SpanRow,
  spanReader,
} from '../../trace/model/span-row.ts'
import { TARGET_KEYS } from '../../trace/model/target.ts'
import { builtInQuery, queryBatches, queryRows } from '../run.ts'
import type { Session } from '../session.ts'

export interface TraceRows {
  rows: SpanRow[]
  /** Completes the given rows of an outline. */
  complete(rows: SpanRow[]): Promise<void>
}

/** A trace with more spans is large. */
const LARGE = 2_000
/** With more individually shown spans, the whole trace is read instead. */
const SHOWN = 2_000
/** With more, memory matters more than time. */
const MANY = 200_000
/** `LIMIT` for all rows. */
const ALL = Number.MAX_SAFE_INTEGER

/** Columns to read of each span: all; the shown ones; of a large trace, first those of the tree. */
export type ReadDepth = 'all' | 'shown' | 'outline'

/**
 * The rows of a trace, none if it is not stored.
 * @param source the location of its spans, and their window if known
 */
export async function readTraceRows(
  session: Session,
  source: SpansSource,
  id: string,
  detail: ReadDepth,
  stacks = false,
): Promise<TraceRows> {
  const columns = columnsOf(detail)
  /** Calls `take` with each row. */
  const readEach = async (
    part: Part,
    known: Reader | Promise<Reader>,
    take: (row: SpanRow) => void,
  ) => {
    const asked = askSpans(session, source, id, { ...part, stacks })
    const [batches, reader] = await Promise.all([asked, known])
    for await (const batch of batches) for (const row of batch) take(reader(row))
  }
  const read = async (part: Part, known: Reader | Promise<Reader>) => {
    const rows: SpanRow[] = []
    await readEach(part, known, (row) => {
      if (rows.push(row) === MANY) collectOften()
    })
    return rows
  }
  const first = spanReader(id)
  const few = await read({ columns, limit: LARGE + 1 }, first)
  if (few.length <= LARGE) return finished(await withoutDoubt(few, first, false))
  const resources = builtInQuery('internal/trace/resources-of-trace.sql', { trace_id: id }, source)
  const reader = queryRows(session, resources).then((rows) => spanReader(id, rows))
  if (detail !== 'outline') {
    return finished(await withoutDoubt(await read({ columns, keyed: true }, reader), reader, true))
  }
  const light = await read({ columns: OUTLINE_COLUMNS, keyed: true, outline: true }, reader)
  const repeated = repeatedIds(light)
  const rows = await withoutDoubt(light, reader, true, repeated)
  return {
    rows,
    async complete(wanted) {
      // The rows of an outline alone: those of repeated ids are whole.
      const wantedById = new Map(wanted.map((row) => [row.span_id, row]))
      const byId = new Map<string, SpanRow>()
      for (const row of light) {
        if (wantedById.get(row.span_id) === row && !repeated.has(row.span_id))
          byId.set(row.span_id, row)
      }
      if (byId.size === 0) return
      const part = byId.size > SHOWN ? {} : { ids: [...byId.keys()] }
      await readEach({ columns, keyed: true, ...part }, reader, (full) => {
        const row = byId.get(full.span_id)
        if (row) Object.assign(row, full)
      })
    },
  }

  /** Spans that share an id are duplicates only if every column is equal, so they are read whole. */
  async function withoutDoubt(
    rows: SpanRow[],
    reader: Reader | Promise<Reader>,
    keyed: boolean,
    ids = repeatedIds(rows),
  ): Promise<SpanRow[]> {
    if (!columns) return rows
    if (ids.size === 0) return rows
    if (ids.size > SHOWN) return read({ keyed }, reader)
    const wholeRows = await read({ keyed, ids: [...ids] }, reader)
    return [...rows.filter((row) => !ids.has(row.span_id)), ...wholeRows]
  }
}

const columnsOf = (detail: ReadDepth) => (detail === 'all' ? undefined : SHOWN_COLUMNS)

const askSpans = (session: Session, source: SpansSource, id: string, part: Part) =>
  queryBatches(session, spansOfTrace(source, id, part))

/** Asks what readTraceRows asks first. */
export function askFirstSpans(
  session: Session,
  source: SpansSource,
  id: string,
  detail: ReadDepth,
  stacks = false,
): Promise<unknown> {
  return askSpans(session, source, id, { columns: columnsOf(detail), limit: LARGE + 1, stacks })
}

/** V8 lets garbage grow to three times what is in use: a million spans took 2 GB, where 0.6 were in use. */
function collectOften(): void {
  setFlagsFromString('--heap-growing-percent=30')
}

type Reader = ReturnType<typeof spanReader>

function finished(rows: SpanRow[]): TraceRows {
  return { rows, complete: async () => {} }
}

/** Ids shared by several rows. */
function repeatedIds(rows: SpanRow[]): Set<string> {
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const { span_id } of rows) (seen.has(span_id) ? repeated : seen).add(span_id)
  return repeated
}

interface Part {
  /** Undefined for all columns. */
  columns?: readonly string[] | undefined
  limit?: number
  /** Resources by key. */
  keyed?: boolean
  /** Read only the attributes that form names. */
  outline?: boolean
  /** Only these spans. */
  ids?: string[]
  /** Stack traces whole, unlike other long texts. */
  stacks?: boolean
}

/** Settings that stop the server after `rows` rows in spite of the ORDER BY. */
function enough(rows: number): ClickHouseSettings {
  return { max_rows_to_sort: rows, sort_overflow_mode: 'break' }
}

/** The statement that reads a trace's spans, or a part of them. */
export function spansOfTrace(source: SpansSource, id: string, part: Part = {}): BoundQuery {
  const { columns, limit = ALL, keyed = false, outline = false, ids, stacks = false } = part
  const file = resolveCondition(readSql('internal/trace/spans-of-trace.sql'), 'outline', outline)
  const sql = resolveCondition(resolveCondition(file, 'keyed', keyed), 'some', ids !== undefined)
  const given = { trace_id: id, limit, ids: ids ?? [], target_keys: [...TARGET_KEYS] }
  const query = columns ? prune(sql, columns.join(' ')) : sql
  const clipped = (statement: BoundQuery): BoundQuery =>
    columns?.includes('event_attributes') ? clip(statement, source, stacks) : statement
  if (keyed) return clipped(compose(query, given, source))
  const { settings, ...flat } = clipped(composeFlat(query, given, source))
  return { ...flat, settings: { ...settings, ...(limit < ALL ? enough(limit) : {}) } }
}

/** The statement with the long texts of what a terminal shows cut. */
function clip(statement: BoundQuery, { library }: SpansSource, stacks: boolean): BoundQuery {
  const file = resolveCondition(readSql('internal/trace/clipped.sql'), 'stacks', stacks)
  const sql = paste(file, { spans_of_trace: `\n${statement.sql}\n` })
  return { ...statement, sql: withFunctions(sql, library) }
}
