/** `otrace schema --views`: views over a spans table, and the functions of panels. */
import { usage } from '../../errors.ts'
import { readLibrary, readSchemas, readSql } from '../../query/files.ts'
import { paste } from '../../query/marks.ts'
import { VIEWS, viewsOf } from '../../session/server-views.ts'
import { name } from './names.ts'

export interface Over {
  database: string
  table: string
  /** The name of a file in `queries/spans/`. */
  schema: string
  cluster?: string | undefined
}

/** @throws OtraceError (exit 2) for an unknown schema */
export function views({ database, table, schema: named, cluster }: Over): string {
  const schemas = readSchemas()
  const schema = schemas.find((each) => each.name === named)
  if (!schema) {
    const known = schemas.map((each) => each.name).join(', ')
    throw usage(`--schema '${named}' is not a schema`, `use one of ${known}`)
  }
  const made = viewsOf(schema, readLibrary())
  const place: Record<string, string> = { database: name(database), table: name(table) }
  const onCluster = cluster === undefined ? '' : ` ON CLUSTER ${name(cluster)}`
  const functions = made.functions.map(
    ({ name, definition }) => `CREATE OR REPLACE FUNCTION ${name}${onCluster} AS\n  ${definition}`,
  )
  return paste(readSql('internal/schema/views.sql'), {
    views: VIEWS,
    on_cluster: onCluster,
    functions: functions.join(';\n\n'),
    spans: made.spans.replace(
      /\{(database|table):Identifier\}/g,
      (_, word: string) => place[word]!,
    ),
    red: made.red.replace('FROM spans', `FROM ${VIEWS}.spans`),
  })
}
