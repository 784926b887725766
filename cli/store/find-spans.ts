/** Finds the table of spans in a store and how to read it: by its columns, never by its name or a version. */
import type { Connection } from '../config.ts'
import { OtraceError } from '../errors.ts'
import type { Settings } from '../query/compose.ts'
import type { Profile } from '../query/profile.ts'
import type { Row } from '../render/renderer.ts'
import { type Candidate, isFrom, readTables } from './candidates.ts'
import type { Store } from './store.ts'

export interface SpanTable {
  database: string
  table: string
  profile: Profile
  /** Name → type; skip indexes are called `index:<what they are on>`. */
  columns: ReadonlyMap<string, string>
  /** Tables of the same database that have a column for a trace's id. */
  beside: ReadonlySet<string>
  /** What would have told of it and of its indexes, had this user been let: `system.data_skipping_indices`. */
  unread?: string
  /** What the server's version asks for. */
  settings: Settings
}

/** The first release whose SQL has functions by name in WITH, which the profiles are written with. */
const OLDEST = [24, 3] as const

/**
 * The first release with this setting, and with statistics made unasked. A window is an index's work, but with statistics its test on
 * each span's time comes before tests that leave out whole blocks: 36 ms instead of 15 for the server spans of 3 million.
 */
const STATISTICS = [26, 1] as const

/** Where there are several, these are what people mean. */
const USUAL = ['otel.otel_traces', 'default.otel_traces']

/**
 * The table of spans.
 * @param columnsSql `queries/store/columns.sql`
 * @throws OtraceError (exit 2) for an unknown `--schema` or several tables; (exit 3) when there is none
 */
export async function findSpans(
  store: Store,
  connection: Connection,
  profiles: Profile[],
  columnsSql: string,
): Promise<SpanTable> {
  const database = connection.database ?? store.database ?? ''
  const table = connection.table ?? ''
  const { rows, unread } = await readFacts(store, columnsSql, database)
  const tables = readTables(rows)
  refuseOld(store.place, tables.version)
  const everything = [...tables.candidates.values()]
  const candidates = everything.filter((each) => table === '' || each.table === table)
  const wanted = profiles.filter(({ name }) => !connection.schema || name === connection.schema)
  if (wanted.length === 0) {
    throw new OtraceError(
      'usage',
      `there is no schema '${connection.schema}'`,
      `the schemas are ${profiles.map(({ name }) => name).join(', ')}`,
    )
  }
  const found = candidates.flatMap((candidate) => {
    const profile = mostSpecific(wanted.filter((each) => fits(each, candidate.columns)))
    return profile ? [{ ...candidate, profile }] : []
  })
  // Whoever has a Distributed table means that, not the part of it that this server holds.
  const below = new Set(found.map((each) => each.below))
  const [first, ...rest] = found.filter((each) => !below.has(fullName(each)))
  if (!first) throw noSpans(store.place, database, table, candidates, wanted)
  const usual = USUAL.map((name) => [first, ...rest].find((each) => fullName(each) === name)).find(
    Boolean,
  )
  const chosen = rest.length === 0 ? first : usual
  if (chosen) {
    const neighbours = everything.filter((each) => each.database === chosen.database)
    return {
      ...chosen,
      beside: new Set(neighbours.map((each) => each.table)),
      settings: isFrom(tables.version, STATISTICS) ? { use_statistics: 0 } : {},
      ...(unread ? { unread } : {}),
    }
  }
  throw new OtraceError(
    'usage',
    `${store.place} has several tables of spans: ${[first, ...rest].map(fullName).join(', ')}`,
    `choose one: --database ${first.database} --table ${first.table}`,
  )
}

const UNION = '\nUNION ALL\n'
/** Without these there is nothing to know. */
const NEEDED = 'system.columns'

/** The rows of columns.sql, and which of its tables this user may not read: the tables of spans are found without. */
async function readFacts(
  store: Store,
  columnsSql: string,
  database: string,
): Promise<{ rows: Row[]; unread?: string }> {
  try {
    const rows: Row[] = []
    const asked = await store.ask({ sql: columnsSql, params: { database } })
    for await (const batch of asked.batches) rows.push(...batch)
    return { rows }
  } catch (error) {
    if (!(error instanceof OtraceError)) throw error
    const unread = /\bON (system\.\w+).*\(ACCESS_DENIED 497\)/.exec(error.message)?.[1]
    const parts = columnsSql.split(UNION)
    const readable = parts.filter((part) => !part.includes(`FROM ${unread}`))
    if (!unread || unread === NEEDED || readable.length === parts.length) throw error
    const { rows, unread: more } = await readFacts(store, readable.join(UNION), database)
    return { rows, unread: more ? `${unread}, ${more}` : unread }
  }
}

function refuseOld(place: string, version: string): void {
  if (isFrom(version, OLDEST)) return
  throw new OtraceError(
    'noStore',
    `${place} runs ClickHouse ${version}; otrace needs ${OLDEST.join('.')} or later`,
    'upgrade the server, or name another with --url',
  )
}

/** A schema that grew out of another has all its columns: the profile that needs most says most about the table. */
function mostSpecific(profiles: Profile[]): Profile | undefined {
  return profiles.reduce<Profile | undefined>(
    (best, each) => (best && best.needs.size >= each.needs.size ? best : each),
    undefined,
  )
}

function fits(profile: Profile, columns: Map<string, string>): boolean {
  return missing(profile, columns).length === 0
}

function missing(profile: Profile, columns: Map<string, string>): string[] {
  return [...profile.needs]
    .filter(([name, type]) => !columns.get(name)?.startsWith(type))
    .map(([name]) => name)
}

function noSpans(
  place: string,
  database: string,
  table: string,
  candidates: Candidate[],
  profiles: Profile[],
): OtraceError {
  const names = profiles.map(({ name }) => name).join(', ')
  const where = [place, database, table].filter(Boolean).join(' ')
  // Of what is there, the table that comes nearest says best what is missing.
  const [nearest] = candidates
    .flatMap((candidate) =>
      profiles.map((profile) => ({
        candidate,
        lacks: missing(profile, candidate.columns),
        profile,
      })),
    )
    .sort((a, b) => a.lacks.length - b.lacks.length)
  const looked = `looked for the schemas ${names}`
  if (nearest) {
    const { candidate, lacks, profile } = nearest
    const more = lacks.length > 4 ? ` and ${lacks.length - 4} more` : ''
    const comes = `comes nearest to ${profile.name} but lacks ${lacks.slice(0, 4).join(', ')}${more}`
    return new OtraceError(
      'noStore',
      table
        ? `${fullName(candidate)} is no table of spans that otrace knows: ${looked}; it ${comes}`
        : `there is no table of spans in ${where}: ${looked}; ${fullName(candidate)} ${comes}`,
      'name another table with --database and --table, or send spans first: `otrace up` says how',
    )
  }
  return new OtraceError(
    'noStore',
    `there is no table of spans in ${where}: ${looked}`,
    'name it with --database and --table, or send spans first: `otrace up` says how',
  )
}

function fullName({ database, table }: { database: string; table: string }): string {
  return `${database}.${table}`
}
