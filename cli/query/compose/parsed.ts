/** Schemas, queries and the library as the build keeps them: parsing takes a question 20 ms. */
import { type Clauses, clauses, joined } from '../prune.ts'
import type { Query } from '../query-file.ts'
import { type Schema, withSql } from '../schema.ts'
import type { Library } from './source.ts'

/** A schema as JSON; its SQL is a file of its own. */
export type ParsedSchema = Omit<Schema, 'needs' | 'filters' | 'sql'> & {
  needs: [string, string][]
  filters: [string, string][]
}

export interface ParsedLibrary extends Library {
  parts: Clauses
}

/** A built-in query, and the text of its file when it was parsed. */
export interface ParsedQuery {
  text: string
  query: Query
}

/** @returns texts of JSON by the names of their files */
export function parsedFiles(
  schemas: Schema[],
  library: Library,
  queries: ParsedQuery[],
): Record<string, string> {
  const heads = schemas.map(({ sql, needs, filters, ...rest }) => ({
    ...rest,
    needs: [...needs],
    filters: [...filters],
  }))
  const bodies = schemas.map(({ name, sql }) => [`schema-${name}`, clauses(sql)])
  const parts = clauses(library.functions)
  const asked = queries.map((each) => [`query-${each.query.name}`, each])
  const files = {
    schemas: heads,
    library: { ...library, parts },
    ...Object.fromEntries([...bodies, ...asked]),
  }
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [name, JSON.stringify(content)]),
  )
}

/** @param read the clauses of its SQL, when that is first needed */
export function schemaOf(parsed: ParsedSchema, read: () => Clauses): Schema {
  const [needs, filters] = [new Map(parsed.needs), new Map(parsed.filters)]
  return withSql({ ...parsed, needs, filters: filters as Schema['filters'] }, () => joined(read()))
}

export function libraryOf({ parts, ...library }: ParsedLibrary): Library {
  clauses.know(library.functions, parts)
  return library
}
