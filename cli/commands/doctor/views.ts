/** The doctor's check of what `otrace schema --views` made on a server. */
import { shellLine } from '../../output/shell-line.ts'
import { readLibrary, readSchemas } from '../../query/files.ts'
import { builtInQuery, quietRows } from '../../session/run.ts'
import { VIEWS, viewsOf } from '../../session/server-views.ts'
import type { Session } from '../../session/session.ts'
import { orRefusal, type TableStats } from '../../session/table-stats.ts'
import type { Check } from './checks.ts'

/** Empty without views, which are optional. */
export async function viewChecks(
  session: Session,
  stats: TableStats | undefined,
): Promise<Check[]> {
  const { source, store } = session
  if (store.local) return []
  const ask = (name: string) =>
    orRefusal(quietRows(session, builtInQuery(`internal/doctor/${name}.sql`, {}, source)))
  const found = await ask('views')
  if (typeof found === 'string' || found.length === 0) return []
  const asked = await ask('views-version')
  const about = 'views'
  const names = `${VIEWS}.spans and ${VIEWS}.red`
  if (typeof asked === 'string' && !asked.includes('UNKNOWN_FUNCTION'))
    return [
      {
        about,
        state: 'note',
        found: `the version of ${names} is not known: ${asked}`,
        advice: 'ask for it: otrace sql "SELECT otrace_version()"',
      },
    ]
  const made = typeof asked === 'string' ? 'unknown' : String(asked[0]?.version)
  if (made === versionLike(made))
    return [{ about, state: 'ok', found: `${names} are of this version of otrace` }]
  return [
    {
      about,
      state: 'warning',
      found: `${names} are of another version of otrace: panels may call functions that are not there`,
      advice: `make them again: ${again(session, stats, found[0]?.over)}`,
    },
  ]
}

/** What makes views over the same table again; the doctor of another table knows its schema and its cluster. */
function again({ source }: Session, stats: TableStats | undefined, over: unknown): string {
  const names = (Array.isArray(over) ? over : []).map((name) =>
    String(name).replace(/^`|`$|\\(?=[`\\])/g, ''),
  )
  const [database = source.database, table = source.table] = names
  const words = ['--database', database, '--table', table]
  const own = [source, stats?.localTable].some(
    (one) => one?.database === database && one.table === table,
  )
  if (!own)
    return `${shellLine(['otrace', 'doctor', ...words])} says how, for the table they are over`
  const cluster = stats?.localTable ? ['--cluster', stats.localTable.cluster] : []
  const made = ['otrace', 'schema', '--views', '--schema', source.schema.name, ...words, ...cluster]
  return `${shellLine(made)} | clickhouse-client --multiquery`
}

/** The version of today's views over the same schema, which may be another one than the session's. */
function versionLike(made: string): string | undefined {
  const schema = readSchemas().find(({ name }) => name === made.split(' ')[0])
  return schema && viewsOf(schema, readLibrary()).version
}
