/** The engine's functions, tables, settings and time zones. */
import type { Engine } from '../../engine/engine.ts'
import { DATABASES, type EngineNames } from './names.ts'

/** What the endpoint's engine knows. */
interface OwnNames extends EngineNames {
  settings: Set<string>
}

let known: OwnNames | undefined

/** Once per process: they change with the engine's version only. */
export function engineNames(engine: Engine): OwnNames {
  known ??= readNames(engine)
  return known
}

function readNames(engine: Engine): OwnNames {
  const column = (sql: string) => {
    const answer: { data: [string][] } = JSON.parse(engine.look(sql))
    return answer.data.map(([name]) => name)
  }
  const functions: { data: [string, string][] } = JSON.parse(
    engine.look(
      "SELECT lower(name), if(alias_to = '', name, alias_to) FROM system.functions WHERE origin = 'System'",
    ),
  )
  return {
    functions: new Map(functions.data),
    higherOrder: new Set(column('SELECT name FROM system.functions WHERE higher_order')),
    tableFunctions: new Set(column('SELECT lower(name) FROM system.table_functions')),
    combinators: column('SELECT lower(name) FROM system.aggregate_function_combinators'),
    tables: new Set(column("SELECT lower(name) FROM system.tables WHERE database = 'system'")),
    zones: new Set(column('SELECT time_zone FROM system.time_zones')),
    settings: new Set(column('SELECT name FROM system.settings')),
    databases: new Set(DATABASES),
    // Files are tables in it.
    existing: new Set([...DATABASES, 'default']),
  }
}
