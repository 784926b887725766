/** A schema's table, the whole window and a filter, as a query source. */

import type { Session } from 'chdb'
import { type FilterFlags, readFilters } from '../../cli/options/filters.ts'
import { defaults } from '../../cli/query/bind.ts'
import { compose } from '../../cli/query/compose/compose.ts'
import type { SpansSource } from '../../cli/query/compose/source.ts'
import { readLibrary, readQuery, readQueryFiles, readSchemas } from '../../cli/query/files.ts'
import { stripHeader } from '../../cli/query/header.ts'
import type { Window } from '../../cli/query/window.ts'
import type { Row } from '../../cli/result.ts'
import { ask, databaseOf } from './engine.ts'
import { schemas } from './rows.ts'
import { FROM, TO } from './spans.ts'

/** The SQL of a file in `queries/`. */
export const text = (path: string) => stripHeader(readQuery(path))

const definitions = readSchemas()

export function sourceOf(schema: string, flags: FilterFlags = {}): SpansSource {
  return {
    schema: definitions.find(({ name }) => name === schema)!,
    library: readLibrary(),
    database: databaseOf(schema),
    table: schemas[schema]!.table,
    filters: readFilters(flags),
    window: { from: FROM, to: TO, bucket: 60 },
  }
}

const { queries } = readQueryFiles([], { flags: new Set(), commands: new Set() })

/** The rows of a built-in query over a schema's table, without sampling weights. */
export function resultOf(
  session: Session,
  schema: string,
  name: string,
  given: Record<string, string> = {},
  flags: FilterFlags = {},
  window: Window = { from: FROM, to: TO, bucket: 60 },
): Promise<Row[]> {
  const query = queries.find((each) => each.name === name)!
  const source = { ...sourceOf(schema, flags), window, weighted: false }
  return ask(session, compose(query.sql, defaults(query, given), source))
}
