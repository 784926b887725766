/** Decides whether an answer needs weights, by looking for sampled spans, and says what they mean; used before a question is asked. */
import { readQuery } from './catalogue.ts'
import { compose, type Source, type Statement } from './query/compose.ts'
import { stripHeader } from './query/header.ts'
import type { Filter } from './query/profile.ts'
import type { Store } from './store/store.ts'

export interface Settled {
  statement: Statement
  /** What people should know of the counts. */
  note?: string
}

/**
 * The statement as it is to be asked. Weights cost a look at every span's attributes, which spans that nobody sampled should not
 * pay for: so the indexes are asked first whether there is a sampled one in the window and the population.
 */
export async function settleWeights(
  store: Store,
  source: Source,
  statement: Statement,
): Promise<Settled> {
  if (!statement.unweighted) return { statement }
  const sql = stripHeader(readQuery('store/any.sql'))
  const look = (filter: Filter): Statement => {
    const conditions = [...source.population.conditions, { filter }]
    return compose(sql, {}, { ...source, population: { ...source.population, conditions } })
  }
  const any = async (asked: Statement): Promise<boolean> => {
    const { rows } = await store.ask(asked, { database: source.database })
    let found = false
    for await (const _ of rows) found = true
    return found
  }
  // One statement, but not one condition: each has an index of its own, or none.
  const sampled = await any(either(look('sampled-by-state'), look('sampled-by-rate')))
  if (!sampled) return { statement: statement.unweighted() }
  const mixed = await any(look('unsampled'))
  return {
    statement,
    note: mixed
      ? 'counts extrapolated from sampled spans; spans of unknown probability count as one (--no-weight counts all so)'
      : 'counts extrapolated from sampled spans (--no-weight counts them as they are)',
  }
}

/** The rows of two statements with the same parameters. */
function either(one: Statement, other: Statement): Statement {
  return {
    ...one,
    sql: `SELECT * FROM (\n${one.sql}\n)\nUNION ALL\nSELECT * FROM (\n${other.sql}\n)`,
  }
}
