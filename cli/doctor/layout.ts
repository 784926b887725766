/** What the doctor makes of how the spans are stored: the table, its retention and its indexes; pure, for `otrace doctor`. */
import type { Row } from '../render/renderer.ts'
import { formatUnit } from '../render/units.ts'
import { RETENTION_ADVICE, retentionText } from '../retention.ts'
import type { Finding, Seen } from './findings.ts'

/** The table, how it is read, and `doctor/table.sql`. */
export function table(seen: Seen, row: Row): Finding[] {
  const { database, table: name, profile, columns, local } = seen
  const needed = [...profile.needs.keys()].filter((column) => columns.has(column)).length
  const rows =
    row.rows === null
      ? 'as many rows as its shards have'
      : `${formatUnit(Number(row.rows), 'short')} rows`
  const disk = row.disk === null ? '' : `, ${formatUnit(Number(row.disk), 'bytes')}`
  const ratio = row.compression === null ? '' : `, compressed ${row.compression} times`
  return [
    {
      about: 'table',
      state: 'ok',
      found: `${database}.${name} (${row.engine}): ${rows}${disk}${ratio}`,
    },
    {
      about: 'schema',
      state: 'ok',
      found: `${profile.name} (${profile.title}): it has all ${needed} columns and indexes that this schema needs`,
    },
    retention(seen, row),
    ...(columns.has('TraceId') && Number(row.lookups) === 0
      ? [
          {
            about: 'trace ids',
            state: 'note' as const,
            found: `there is no lookup table ${name}_trace_id_ts: a trace is found by the skip index alone`,
            advice: local
              ? 'otrace up makes it when it starts'
              : 'otrace schema prints the lookup table and the view that fills it',
          },
        ]
      : []),
  ]
}

function retention(seen: Seen, { ttl, engine }: Row): Finding {
  const { database, table: name, local, retention: kept } = seen
  const about = 'retention'
  if (local) {
    return { about, state: 'ok', found: retentionText(kept), advice: RETENTION_ADVICE }
  }
  if (ttl) return { about, state: 'ok', found: String(ttl) }
  if (engine === 'Distributed') return { about, state: 'ok', found: 'as the shards keep it' }
  return {
    about,
    state: 'note',
    found: 'nothing is ever dropped',
    advice: `ALTER TABLE ${database}.${name} MODIFY TTL …, or otrace schema --ttl 30d for a new table`,
  }
}

/** The indexes that help, and those that would. */
export function indexes({ columns, database, table: name, local }: Seen): Finding[] {
  const found = [...columns].filter(([column]) => column.startsWith('index:'))
  const on = (pattern: RegExp) => found.some(([column]) => pattern.test(column))
  const add = (expression: string, type: string) =>
    `ALTER TABLE ${database}.${name} ADD INDEX … ${expression} TYPE ${type} GRANULARITY 1`
  const findings: Finding[] = [
    {
      about: 'indexes',
      state: found.length > 0 ? 'ok' : 'note',
      found:
        found.map(([column, type]) => `${column.slice('index:'.length)} ${type}`).join(', ') ||
        'none',
    },
  ]
  if (!on(/trace_?id/i)) {
    findings.push({
      about: 'indexes',
      state: 'note',
      found: 'none on trace ids: without a lookup table, a trace reads the whole table',
      advice: local
        ? 'otrace up with a new --data makes a table that has it'
        : add(columns.has('TraceId') ? 'TraceId' : 'trace_id', 'bloom_filter(0.001)'),
    })
  }
  if (columns.has('SpanAttributes') && !on(/attr|span/i)) {
    findings.push({
      about: 'indexes',
      state: 'note',
      found: 'none on attributes: --attr key=value reads every span of the window',
      advice: local
        ? 'the local table goes without them to take spans in quickly; --service, --name and a shorter window read less'
        : add('mapKeys(SpanAttributes)', 'bloom_filter(0.01)'),
    })
  }
  return findings
}
