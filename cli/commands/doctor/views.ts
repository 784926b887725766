/** The doctor's check of what `otrace schema --views` made on a server. */
import { shellLine } from '../../output/shell-line.ts'
import { readLibrary, readSchemas } from '../../query/files.ts'
import { builtInQuery, quietRows } from '../../session/run.ts'
import { VIEWS, viewsOf } from '../../session/server-views.ts'
import type { Session } from '../../session/session.ts'
import { orRefusal, type TableStats } from '../../session/table-stats.ts'
import { type Check, number } from './checks.ts'

/** Nothing where there are no views: they are optional. */
export async function viewChecks(
  session: Session,
  stats: TableStats | undefined,
): Promise<Check[]> {
  const { source, store } = session
  if (store.local) return []
  const ask = (name: string) =>
    orRefusal(quietRows(session, builtInQuery(`internal/doctor/${name}.sql`, {}, source)))
  const found = await ask('views')
  if (typeof found === 'string' || number(found[0]?.views) === 0) return []
  const asked = await ask('views-version')
  const made = typeof asked === 'string' ? 'unknown' : String(asked[0]?.version)
  const about = 'views'
  const names = `${VIEWS}.spans and ${VIEWS}.red`
  if (made === versionLike(made))
    return [{ about, state: 'ok', found: `${names} are of this version of otrace` }]
  const words = ['--database', source.database, '--table', source.table]
  const cluster = stats?.localTable ? ['--cluster', stats.localTable.cluster] : []
  const again = ['otrace', 'schema', '--views', '--schema', source.schema.name, ...words]
  return [
    {
      about,
      state: 'warning',
      found: `${names} are of another version of otrace: panels may call functions that are not there`,
      advice: `make them again: ${shellLine([...again, ...cluster])} | clickhouse-client --multiquery`,
    },
  ]
}

/** The version of today's views over the same schema, which may be another one than the session's. */
function versionLike(made: string): string | undefined {
  const schema = readSchemas().find(({ name }) => name === made.split(' ')[0])
  return schema && viewsOf(schema, readLibrary()).version
}
