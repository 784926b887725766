/** The engine's functions, tables, settings and time zones. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Engine } from '../../engine/engine.ts'
import { writePrivate } from '../../engine/sync.ts'
import { DATABASES, type EngineNames } from './allowed-names.ts'

/** What the endpoint's engine knows. */
interface OwnNames extends EngineNames {
  settings: Set<string>
}

let known: OwnNames | undefined

/** Once per process: they change with the engine's version only. */
export function engineNames(engine: Engine): OwnNames {
  known ??= namesIn(keptNames(engine))
  return known
}

/** As the engine lists them. */
interface Listed {
  build: string
  /** Lower case, with the canonical name. */
  functions: [string, string][]
  higherOrder: string[]
  tableFunctions: string[]
  combinators: string[]
  tables: string[]
  zones: string[]
  settings: string[]
}

/** File in the engine's directory with the names of the build that used it last. Reading it saves 40 ms. */
const FILE = 'names.json'
/** The names of all lists, so that a file of another version of otrace is not read. */
const LISTS = 'functions higherOrder tableFunctions combinators tables zones settings'.split(' ')

function keptNames(engine: Engine): Listed {
  const path = join(engine.directory, FILE)
  const [build = ''] = column(engine, BUILD)
  try {
    const kept = JSON.parse(readFileSync(path, 'utf8'))
    if (kept.build === build && LISTS.every((name) => kept[name]?.length > 0)) return kept
  } catch {
    // The first use of a store.
  }
  const listed = listNames(engine, build)
  try {
    writePrivate(path, JSON.stringify(listed), false)
  } catch {
    // A full disk still answers.
  }
  return listed
}

const BUILD = `SELECT concat(version(), ' ', value) FROM system.build_options WHERE name = 'GIT_HASH'`

function namesIn(listed: Listed): OwnNames {
  return {
    functions: new Map(listed.functions),
    higherOrder: new Set(listed.higherOrder),
    tableFunctions: new Set(listed.tableFunctions),
    combinators: listed.combinators,
    tables: new Set(listed.tables),
    zones: new Set(listed.zones),
    settings: new Set(listed.settings),
    databases: new Set(DATABASES),
    // Files are tables in it.
    existing: new Set([...DATABASES, 'default']),
  }
}

function column(engine: Engine, sql: string): string[] {
  const answer: { data: [string][] } = JSON.parse(engine.look(sql))
  return answer.data.map(([name]) => name)
}

function listNames(engine: Engine, build: string): Listed {
  const functions: { data: [string, string][] } = JSON.parse(
    engine.look(
      "SELECT lower(name), if(alias_to = '', name, alias_to) FROM system.functions WHERE origin = 'System'",
    ),
  )
  const list = (sql: string) => column(engine, sql)
  return {
    build,
    functions: functions.data,
    higherOrder: list('SELECT name FROM system.functions WHERE higher_order'),
    tableFunctions: list('SELECT lower(name) FROM system.table_functions'),
    combinators: list('SELECT lower(name) FROM system.aggregate_function_combinators'),
    tables: list("SELECT lower(name) FROM system.tables WHERE database = 'system'"),
    zones: list('SELECT time_zone FROM system.time_zones'),
    settings: list('SELECT name FROM system.settings'),
  }
}
