/** Asks what the doctor wants to know, each thing by itself: what a server refuses is a finding, and the rest is still told. */
import type { Asking } from '../asking.ts'
import type { Population } from '../query/population.ts'
import type { Row } from '../render/renderer.ts'
import { rowsOf, statementOf } from '../rows-of.ts'
import { askShards, attempt, readStored, type Stored } from '../stored.ts'
import type { Finding, Seen } from './findings.ts'
import { conventions, server, spellings, times, traces } from './findings.ts'
import { type Indexes, indexes, indexesOf } from './indexes.ts'
import { table } from './layout.ts'
import { oddities } from './oddities.ts'

/** Spans that the trace-wise checks may look at; more are sampled by trace. */
const MOST_SPANS = 200_000

/** What every schema takes but spans that end before they start. */
const FORWARD: Population = {
  conditions: [{ filter: 'min-duration', value: 0 }],
  traceConditions: [],
}

/** Everything that is worth a line, in the order in which it is told. */
export async function examine(asking: Asking): Promise<Finding[]> {
  const { source, store } = asking
  const { window: _window, ...everything } = source
  const seen: Seen = {
    place: store.place,
    local: store.local,
    retention: store.retention,
    database: source.database,
    table: source.table,
    profile: source.profile,
    columns: asking.columns,
    now: asking.context.now(),
  }
  /** Why → what. */
  const refused = new Map<string, string[]>()
  const refuse = (what: string, why: string) =>
    refused.set(why, [...(refused.get(why) ?? []), what])
  /** A row; undefined where it is refused. */
  const one = async (what: string, path: string, given = {}, from = source) => {
    const asked = await attempt(rowsOf(asking, statementOf(path, given, from)))
    if (typeof asked !== 'string') return asked[0]
    refuse(what, asked)
    return undefined
  }
  const mix = await one('the spans of the window', 'doctor/mix.sql')
  const oneIn = Math.max(1, Math.ceil(Number(mix?.spans ?? 0) / MOST_SPANS))
  const clock = await one('the server', 'doctor/server.sql')
  const range = await one('the times of all spans', 'doctor/range.sql', {}, everything)
  const stored = await attempt(readStored(asking))
  if (typeof stored === 'string') refuse('how the table is stored', stored)
  const odd = Number(mix?.without_duration ?? 0) > 0
  const chosen = { ...source, population: FORWARD }
  const forward = odd ? await one('durations', 'doctor/forward.sql', {}, chosen) : undefined
  const exporter = source.profile.needs.has('SpanKind')
  const spelled = exporter ? await one('spellings', 'doctor/spellings.sql') : undefined
  const whole = await one('traces', 'doctor/traces.sql', { one_in: oneIn })
  return [
    ...(clock ? server(seen, clock) : []),
    ...(typeof stored === 'string' ? [] : table(seen, stored, range)),
    ...(range && mix ? times(seen, range, mix) : []),
    ...(spelled ? spellings(spelled) : []),
    ...(mix ? conventions(mix) : []),
    ...(mix ? oddities(mix, forward && Number(forward.spans)) : []),
    ...(whole ? traces(whole, oneIn) : []),
    ...(typeof stored === 'string'
      ? []
      : indexes(seen, stored, await findIndexes(asking, stored), asking.unread)),
    ...[...refused].map(refusal),
  ]
}

/** The table's indexes, or those of the tables below it; or why nobody tells. */
async function findIndexes(asking: Asking, { row, below, silent }: Stored) {
  if (asking.unread) return `this user may not read ${asking.unread}`
  const known = indexesOf(asking.columns)
  if (known.size > 0) return known
  if (below) {
    if (silent !== undefined) return silent
    const rows = await attempt(askShards(asking, below, 'doctor/shard-indexes.sql'))
    return typeof rows === 'string' ? rows : indexesOfRows(rows)
  }
  return /MergeTree$/.test(String(row.engine)) ? known : `a ${row.engine} has none of its own`
}

function indexesOfRows(rows: Row[]): Indexes {
  return new Map(rows.map(({ expression, type }) => [String(expression), String(type)]))
}

const REMEDIES = [
  [/ACCESS_DENIED/, 'ask for what it names, or use another user'],
  [
    /TIMEOUT|MEMORY|TOO_/,
    'ask for a shorter window (--since 15m), or allow more: --timeout 300s --memory 8GB',
  ],
  [
    /CONNECTION|NETWORK|SHARD|CLUSTER/,
    'look whether the shards run, and whether this server reaches them',
  ],
] as const

function refusal([why, what]: [string, string[]]): Finding {
  return {
    about: 'refused',
    state: 'warning',
    found: `${what.join(', ')}: ${why}`,
    advice:
      REMEDIES.find(([of]) => of.test(why))?.[1] ?? 'mend what the server says, and ask again',
  }
}
