/** `otrace schema --views`: views over a spans table, and the functions of panels. */
import { usage } from '../../errors.ts'
import { plainSpans, without } from '../../query/compose/schema-select.ts'
import { serverFunctions } from '../../query/compose/server-functions.ts'
import type { Library } from '../../query/compose/source.ts'
import { readLibrary, readSchemas, readSql } from '../../query/files.ts'
import { paste } from '../../query/marks.ts'
import { clauses, prune } from '../../query/prune.ts'
import type { Schema } from '../../query/schema.ts'
import { name } from './names.ts'

/** The database of the views. */
const VIEWS = 'otrace'

export interface Over {
  database: string
  table: string
  /** The name of a file in `queries/spans/`. */
  schema: string
  cluster?: string | undefined
}

/** Parts of `red` that need a window. */
const OF_A_WINDOW = ['bucket', 'dimension']

/** @throws OtraceError (exit 2) for an unknown schema */
export function views({ database, table, schema: named, cluster }: Over): string {
  const schemas = readSchemas()
  const schema = schemas.find((each) => each.name === named)
  if (!schema) {
    const known = schemas.map((each) => each.name).join(', ')
    throw usage(`--schema '${named}' is not a schema`, `use one of ${known}`)
  }
  const library = readLibrary()
  const { spans, red } = viewsOf(schema, library)
  const place: Record<string, string> = { database: name(database), table: name(table) }
  const onCluster = cluster === undefined ? '' : ` ON CLUSTER ${name(cluster)}`
  const functions = serverFunctions(library).map(
    ({ name, params, body }) =>
      `CREATE OR REPLACE FUNCTION ${name}${onCluster} AS\n  (${params.join(', ')}) ->\n  ${body}`,
  )
  return paste(readSql('internal/schema/views.sql'), {
    views: VIEWS,
    on_cluster: onCluster,
    functions: functions.join(';\n\n'),
    spans: spans.replace(/\{(database|table):Identifier\}/g, (_, word: string) => place[word]!),
    red: red.replace('FROM spans', `FROM ${VIEWS}.spans`),
  })
}

/**
 * The SELECTs of both views. `spans` keeps the placeholders of its database and table, and has what
 * the relations of panels read of it, but for the column of `--by`. Requests are found by kind and
 * root: a view has no window in which to look for parents.
 */
function viewsOf(schema: Schema, library: Library): { spans: string; red: string } {
  const spans = without(
    plainSpans(schema, Object.values(library.relations).join('\n')),
    'dimension',
  )
  const columns = clauses(spans).columns.map(({ name }) => name)
  return {
    spans: prune(spans, columns.join(' ')),
    red: OF_A_WINDOW.reduce(without, library.relations.red!),
  }
}
