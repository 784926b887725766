/** Runs the doctor's queries and checks; a refused query becomes a warning. */

import type { Filters } from '../../query/filters.ts'
import type { Row } from '../../result.ts'
import { builtInQuery, queryRows } from '../../session/run.ts'
import type { Session } from '../../session/session.ts'
import { orRefusal, readTableStats, shardRows, type TableStats } from '../../session/table-stats.ts'
import { findKept } from '../../session/tail-sampling/note.ts'
import type { Check, Facts } from './checks.ts'
import { conventions, server, spellings, times, traces } from './checks.ts'
import { collectorChecks } from './collector.ts'
import { oddities } from './durations.ts'
import { gains } from './gains.ts'
import { type Indexes, indexes } from './indexes.ts'
import { table } from './table.ts'
import { tailSampling } from './tail-sampling.ts'
import { viewChecks } from './views.ts'

/** Spans beyond which the trace checks sample by trace. */
const MOST_SPANS = 200_000

/** Excludes only spans that end before they start, in every schema. */
const FORWARD: Filters = {
  conditions: [{ filter: 'min-duration', value: 0 }],
  traceConditions: [],
}

/** All checks, in the order of the report. */
export async function runChecks(session: Session): Promise<Check[]> {
  const { source, store } = session
  const { window: _window, ...everything } = source
  const seen: Facts = {
    place: store.place,
    local: store.local,
    retention: store.retention,
    database: source.database,
    table: source.table,
    schema: source.schema,
    columns: session.columns,
  }
  /** Reason → queries refused for it. */
  const refused = new Map<string, string[]>()
  const refuse = (what: string, why: string) =>
    refused.set(why, [...(refused.get(why) ?? []), what])
  /** The first row; undefined if the query is refused. */
  const one = async (what: string, path: string, given = {}, from = source) => {
    const asked = await orRefusal(queryRows(session, builtInQuery(path, given, from)))
    if (typeof asked !== 'string') return asked[0]
    refuse(what, asked)
    return undefined
  }
  const mix = await one('the spans of the window', 'internal/doctor/mix.sql')
  const oneIn = Math.max(1, Math.ceil(Number(mix?.spans ?? 0) / MOST_SPANS))
  const { now } = session.context
  const asked = now()
  const clock = await one('the server', 'internal/doctor/server.sql')
  const answered = now()
  const range = await one('the times of all spans', 'internal/doctor/range.sql', {}, everything)
  const ranged = now()
  const stored = await orRefusal(readTableStats(session))
  if (typeof stored === 'string') refuse('how the table is stored', stored)
  const odd = Number(mix?.without_duration ?? 0) > 0
  const chosen = { ...source, filters: FORWARD }
  const forward = odd
    ? await one('durations', 'internal/doctor/forward.sql', {}, chosen)
    : undefined
  const [kind_column, status_column] = source.schema.spellings ?? []
  const spelled = kind_column
    ? await one('spellings', 'internal/doctor/spellings.sql', { kind_column, status_column })
    : undefined
  const whole = await one('traces', 'internal/doctor/traces.sql', { one_in: oneIn })
  const kept = await orRefusal(findKept(session))
  if (typeof kept === 'string') refuse('roots', kept)
  const counters = await store.collector()
  return [
    ...(clock ? server(seen, clock, asked, answered) : []),
    ...(counters ? collectorChecks(counters) : []),
    ...(typeof stored === 'string' ? [] : table(seen, stored, range)),
    ...(range && mix ? times(ranged, range, mix) : []),
    ...(spelled ? spellings(spelled) : []),
    ...(mix ? conventions(mix) : []),
    ...(mix ? oddities(mix, forward && Number(forward.spans)) : []),
    ...(whole ? traces(whole, oneIn, source.schema.repeats !== undefined) : []),
    ...(kept === undefined || typeof kept === 'string' ? [] : tailSampling(kept)),
    ...(typeof stored === 'string'
      ? []
      : indexes(seen, stored, await findIndexes(session, stored), session.unreadable)),
    ...(typeof stored === 'string' ? [] : await gains(session, stored)),
    ...(await viewChecks(session, typeof stored === 'string' ? undefined : stored)),
    ...[...refused].map(refusal),
  ]
}

/** The indexes of the table or its local tables, or the reason they are unknown. */
async function findIndexes(
  session: Session,
  { row, localTable: below, unavailable: silent }: TableStats,
) {
  if (session.unreadable) return `this user may not read ${session.unreadable}`
  const known = session.indexes
  if (known.size > 0) return known
  if (below) {
    if (silent !== undefined) return silent
    const rows = await orRefusal(shardRows(session, below, 'internal/doctor/shard-indexes.sql'))
    return typeof rows === 'string' ? rows : indexesOfRows(rows)
  }
  return /MergeTree$/.test(String(row.engine)) ? known : `a ${row.engine} has none of its own`
}

function indexesOfRows(rows: Row[]): Indexes {
  return new Map(rows.map(({ expression, type }) => [String(expression), String(type)]))
}

const REMEDIES = [
  [/ACCESS_DENIED/, 'request the grant it names, or use another user'],
  [/QUOTA/, 'ask again when its interval has ended, or have it raised'],
  [
    /TIMEOUT|MEMORY|TOO_/,
    'shorten the window (--since 15m), or raise the limits with --timeout and --memory',
  ],
  [
    /CONNECTION|NETWORK|SHARD|CLUSTER/,
    'check that the shards run and that this server reaches them',
  ],
] as const

function refusal([why, what]: [string, string[]]): Check {
  return {
    about: 'refused',
    state: 'warning',
    found: `${what.join(', ')}: ${why}`,
    advice:
      REMEDIES.find(([of]) => of.test(why))?.[1] ?? 'fix what the server names, then try again',
  }
}
