/** The views over a schema that a server has, the functions of panels, and their version. */
import { createHash } from 'node:crypto'
import { plainSpans, without } from '../query/compose/schema-select.ts'
import { serverFunctions } from '../query/compose/server-functions.ts'
import type { Library } from '../query/compose/source.ts'
import { clauses, prune } from '../query/prune.ts'
import type { Schema } from '../query/schema.ts'

/** The database of the views. */
export const VIEWS = 'otrace'

/** Parts of `red` that need a window. */
const OF_A_WINDOW = ['bucket', 'dimension']

export interface Views {
  /** The SELECT of each view. That of `spans` keeps the placeholders of its database and table. */
  spans: string
  red: string
  /** As `CREATE FUNCTION <name> AS <definition>`. The last one returns the version: with it all others are there. */
  functions: { name: string; definition: string }[]
  /** The schema's name, and a digest of all texts. */
  version: string
}

/**
 * `spans` has what the relations of panels read of it, but for the column of `--by`. Requests are found by kind and
 * root: a view has no window in which to look for parents.
 */
export function viewsOf(schema: Schema, library: Library): Views {
  const whole = without(
    plainSpans(schema, Object.values(library.relations).join('\n')),
    'dimension',
  )
  const columns = clauses(whole).columns.map(({ name }) => name)
  const spans = prune(whole, columns.join(' '))
  const red = OF_A_WINDOW.reduce(without, library.relations.red!)
  const functions = serverFunctions(library).map(({ name, params, body }) => ({
    name,
    definition: `(${params.join(', ')}) ->\n  ${body}`,
  }))
  const texts = JSON.stringify([spans, red, functions])
  const digest = createHash('sha256').update(texts).digest('hex').slice(0, 12)
  const version = `${schema.name} ${digest}`
  functions.push({ name: 'otrace_version', definition: `() ->\n  '${version}'` })
  return { spans, red, functions, version }
}
