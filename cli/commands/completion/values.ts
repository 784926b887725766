/** The words for completion that come from spans, configuration and dashboards. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { packageRoot } from '../../../package.ts'
import type { Context } from '../../context.ts'
import { PROJECT_CONFIG, readUserConfig } from '../../options/config-file.ts'
import { addConnectionFlags, type ConnectionFlags } from '../../options/connection.ts'
import { many } from '../../options/option.ts'
import { readOptions } from '../../options/options.ts'
import { readDefaults, resolveSettings } from '../../options/settings.ts'
import { PROJECT } from '../../query/files.ts'
import { equalTo, keyWord, pairOf } from '../../query/filters/attribute-condition.ts'
import { wordsQuery } from '../../session/notes/attributes.ts'
import { withSession } from '../../session/open.ts'
import { quietRows } from '../../session/run.ts'
import { dataDirectory } from '../../store/data-dir.ts'
import { servedAt } from '../../store/local.ts'

/** What is offered: an attribute's values, or a list of one kind. */
export type ValueKind =
  | 'services'
  | 'names'
  | 'events'
  | 'attributes'
  | 'resources'
  | 'keys'
  | 'profiles'
  | 'dashboards'
  | { attribute: string }

type Line = ConnectionFlags & { service?: string[]; since?: string }

/**
 * The values of a kind that begin with `current`.
 * @param words the line, whose flags choose the store and the service
 * @throws OtraceError for a store that does not answer
 */
export async function storedValues(
  kind: ValueKind,
  current: string,
  words: string[],
  context: Context,
): Promise<string[]> {
  if (kind === 'profiles') return Object.keys(readUserConfig(context.env).profiles)
  if (kind === 'dashboards') return dashboards()
  const line = flagsOf(words)
  if (!(await mayAsk(line, context))) return []
  if (kind === 'keys') {
    const [, before = '', last = ''] = /^(.*,)?(.*)$/s.exec(current) ?? []
    const keys = await ask('keys', { prefix: last }, line, context)
    return keys.map((key) => before + key)
  }
  if (kind === 'attributes' || kind === 'resources') {
    const map = kind === 'attributes' ? '' : 'resource-'
    const typed = pairOf(current)
    if (!typed) {
      const keys = await ask(`${map}keys`, { prefix: current }, line, context)
      return keys.map((each) => `${keyWord(each)}=`)
    }
    const { key, value } = typed
    const values = await ask(`${map}values`, { key, prefix: value }, line, context)
    return values.map((each) => equalTo(key, each))
  }
  if (typeof kind === 'object') {
    return ask('values', { key: kind.attribute, prefix: current }, line, context)
  }
  const filtered = kind === 'services' ? { ...line, service: undefined } : line
  return ask(kind, { prefix: current }, filtered, context)
}

function dashboards(): string[] {
  const folders = [
    fileURLToPath(new URL('queries/dashboards/', packageRoot)),
    join(PROJECT, 'dashboards'),
  ]
  return folders.flatMap((folder) => {
    try {
      return readdirSync(folder).flatMap((file) => /^(.+)\.yaml$/.exec(file)?.[1] ?? [])
    } catch {
      return []
    }
  })
}

/** The flags of the connection, and the service, on a line that may not be complete. */
function flagsOf(words: string[]): Line {
  const command = addConnectionFlags(new Command().exitOverride())
    .option('--service <name>', '', many)
    .option('--since <duration>')
    .allowUnknownOption()
    .configureOutput({ outputError: () => {} })
  // The last one may be the flag whose value is asked for.
  const last = words.at(-1) ?? ''
  command.parseOptions(last.startsWith('-') ? words.slice(0, -1) : words)
  return command.opts()
}

/** TAB must not start an engine, run a command for a password, or reach a server that a checkout chooses. */
async function mayAsk(line: Line, { env }: Context): Promise<boolean> {
  const {
    url,
    data,
    password,
    password_file: file,
    password_command: command,
  } = resolveSettings(line, env)
  if (command && !password && !file) return false
  if (url) return url.from !== PROJECT_CONFIG
  return (await servedAt(dataDirectory(data?.value, env))) !== undefined
}

/** Time limit of a query for words, unless the line has --timeout. */
const WITHIN = '1s'

async function ask(
  name: string,
  given: Record<string, string>,
  line: Line,
  context: Context,
): Promise<string[]> {
  const since = line.since ?? readDefaults(context.env, line.profile).since?.value
  const options = readOptions(
    { ...line, ...(since ? { since } : {}), timeout: line.timeout ?? WITHIN },
    context,
  )
  return withSession(options, context, async (session) => {
    const query = wordsQuery(name, given, session.source)
    return (await quietRows(session, query)).map(({ value }) => String(value))
  })
}
