/** A dashboard file: its panels, each a query with its flags. */

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, CommanderError } from 'commander'
import { packageRoot } from '../../../package.ts'
import { usage } from '../../errors.ts'
import { booleanOf, mapOf, type Placed, readYaml, textOf } from '../../gate/file/yaml.ts'
import { addFilterFlags } from '../../options/filters.ts'
import { parserError } from '../../options/parser-error.ts'
import { addParams } from '../../options/query-params.ts'
import { WINDOW_FLAGS } from '../../options/window.ts'
import { shellLine } from '../../output/shell-line.ts'
import { didYouMean } from '../../query/did-you-mean.ts'
import { PROJECT, readError, readText } from '../../query/files.ts'
import { parseQueryFile, type Query } from '../../query/query-file.ts'
import { words } from './split-words.ts'

export interface DashboardPanel {
  title: string
  /** As typed after `otrace`; undefined for a query that is not a command. */
  command?: string
  /** A command to show where the query is not a command itself. */
  more?: string
  query: Query
  /** Values of its arguments. */
  values: string[]
  /** Its flags, as commander stores them. */
  flags: Record<string, unknown>
  /** Over the whole width. */
  wide: boolean
  /** Left out without rows. */
  optional: boolean
}

export interface DashboardFile {
  title: string
  panels: DashboardPanel[]
}

const BUILT_IN = fileURLToPath(new URL('queries/dashboards/', packageRoot))
const OWN = join(PROJECT, 'dashboards')

/** Links of a checkout stay in its folder; a file that the user names may be a pipe. */
function readFile(path: string): string {
  try {
    const own = dirname(path) === OWN
    return readText(path, own ? { inside: PROJECT } : { pipes: true })
  } catch (error) {
    throw readError(path, error)
  }
}

/**
 * The file of a name in `./.otrace/dashboards` or among otrace's, or the path of a file.
 * @param say gets a note when the first replaces one of otrace's
 */
export function findDashboard(name: string, say: (text: string) => void): string {
  const [own, builtIn] = [join(OWN, `${name}.yaml`), join(BUILT_IN, `${name}.yaml`)]
  const found = [own, builtIn, name].find((path) => existsSync(path))
  if (found === own && existsSync(builtIn)) say(`${own} replaces the dashboard ${name}`)
  if (found !== undefined) return found
  throw usage(
    `no such dashboard: ${name}`,
    `write ${join(OWN, `${name}.yaml`)}, or for a service: ${shellLine(['--service', name])}`,
  )
}

/**
 * Reads a dashboard.
 * @param queries every query file
 * @throws OtraceError (exit 2) with the line and column of a mistake
 */
export function readDashboard(path: string, queries: Query[]): DashboardFile {
  const whole = mapOf(readYaml(path, readFile(path)), 'a dashboard', ['title', 'panels'])
  const title = whole.get('title')
  const panels = whole.get('panels')?.value
  if (!panels?.items?.length) {
    throw usage(`${path}: a dashboard has no panels`, 'write panels: and below it - run: rps')
  }
  return {
    title: title ? textOf(title.value, 'title') : 'Dashboard',
    panels: panels.items.map((item) => readPanel(item, queries)),
  }
}

/** The dashboard with flags added to the command of each panel: ` --since 5m`. */
export function withFlags(file: DashboardFile, flags: string): DashboardFile {
  const panels = file.panels.map((panel) => ({
    ...panel,
    ...(panel.command === undefined ? {} : { command: `${panel.command}${flags}` }),
    ...(panel.more === undefined ? {} : { more: `${panel.more}${flags}` }),
  }))
  return { ...file, panels }
}

function readPanel(item: Placed, queries: Query[]): DashboardPanel {
  const map = mapOf(item, 'a panel', ['run', 'title', 'more', 'wide', 'optional'])
  const run = map.get('run')?.value
  if (!run) throw usage(`${item.at}: a panel has no run`, 'write run: rps --by http_status')
  const line = textOf(run, 'run')
  const [name = '', ...rest] = words(line) ?? []
  if (name === '') throw usage(`${run.at}: a quote is not closed: ${line}`, 'close it')
  const query = queries.find((each) => each.name === name) ?? ownQuery(name)
  if (!query) {
    const meant = didYouMean(
      name,
      queries.map((each) => each.name),
    )
    throw usage(
      `${run.at}: no such query: ${name}`,
      meant ? `did you mean ${meant}?` : 'otrace queries lists them',
    )
  }
  const command = new Command(name).exitOverride().configureOutput({ outputError: () => {} })
  addParams(command, query)
  addFilterFlags(command)
  try {
    command.parse(rest, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    const { message, hint } = parserError(error)
    const unknown = /^unknown option '--([\w-]+)/.exec(message)?.[1]
    const flag = [...WINDOW_FLAGS, 'utc'].find((each) => each === unknown)
    if (flag !== undefined) {
      const has = flag === 'utc' ? 'has the time zone of' : 'has the window of'
      throw usage(
        `${run.at}: --${flag}: a panel ${has} its dashboard`,
        `leave it out, and type --${flag} behind the name`,
      )
    }
    throw usage(`${run.at}: ${message}`, hint || `see: otrace ${name} --help`)
  }
  const named = map.get('title')
  const more = map.get('more')
  const flag = (key: 'wide' | 'optional') => {
    const given = map.get(key)
    return given ? booleanOf(given.value, key) : false
  }
  return {
    title: named ? textOf(named.value, 'title') : query.title,
    ...(queries.includes(query) ? { command: line } : {}),
    ...(more ? { more: textOf(more.value, 'more') } : {}),
    query,
    values: command.args,
    flags: command.opts(),
    wide: flag('wide'),
    optional: flag('optional'),
  }
}

/** A query beside the dashboards, which is not a command. */
function ownQuery(name: string): Query | undefined {
  const folder = [OWN, BUILT_IN].find((each) => existsSync(join(each, `${name}.sql`)))
  if (folder === undefined || !/^[a-z][a-z0-9-]*$/.test(name)) return undefined
  const path = join(folder, `${name}.sql`)
  return { ...parseQueryFile(path, readFile(path), new Set()), project: folder === OWN }
}
