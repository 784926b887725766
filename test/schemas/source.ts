/** Where the tests in this folder ask: a schema's table, all of the window, and whom one chooses. */
import { readProfiles, readQuery } from '../../cli/catalogue.ts'
import type { Source } from '../../cli/query/compose.ts'
import { stripHeader } from '../../cli/query/header.ts'
import { type PopulationFlags, readPopulation } from '../../cli/query/population.ts'
import { databaseOf } from './engine.ts'
import { schemas } from './rows.ts'
import { FROM, TO } from './spans.ts'

/** The SQL of a file in `queries/`. */
export const text = (path: string) => stripHeader(readQuery(path))

const profiles = readProfiles()

export function sourceOf(schema: string, flags: PopulationFlags = {}): Source {
  return {
    profile: profiles.find(({ name }) => name === schema)!,
    red: text('red/from-spans.sql'),
    percentiles: text('red/percentiles.sql'),
    database: databaseOf(schema),
    table: schemas[schema]!.table,
    population: readPopulation(flags),
    window: { from: FROM, to: TO, bucket: 60 },
  }
}
