/** `otrace config`: effective settings and their sources, and a commented file to start from. */
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { usage } from '../../errors.ts'
import { CONFIG_KEYS, configFile, configuredQueries } from '../../options/config-file.ts'
import { addConfigFlags, type ConnectionFlags } from '../../options/connection.ts'
import { addExamples } from '../../options/examples.ts'
import { addOutputFlags, readOutput } from '../../options/output.ts'
import { resolveSettings, type Setting } from '../../options/settings.ts'
import { withoutFlags } from '../../options/unused.ts'
import { writeTextFile } from '../../output/new-file.ts'
import { write, writeResult } from '../../output/output.ts'
import { PROJECT } from '../../query/files.ts'
import { note } from '../../render/text.ts'
import { withoutPassword } from '../../store/connection.ts'
import { dataDirectory } from '../../store/data-dir.ts'
import { STARTER } from './starter.ts'

export function configCommand(context: Context): Command {
  const command = new Command('config')
  command.description(
    'Show each setting, and where it comes from: a flag, the environment, ./.otrace/config.json of a checkout, your ' +
      'configuration file, or the default. Passwords are not shown.',
  )
  addOutputFlags(command)
  addConfigFlags(command)
  addExamples(
    command,
    ['otrace config', 'otrace config --profile prod', 'otrace config init'],
    ['otrace doctor - whether the store answers'],
  )
  const why = 'has nothing to apply to: no store is asked'
  withoutFlags(command, ['sql', 'explain', 'verbose'], why, 'leave it out')
  command.addCommand(initCommand(context))
  return command.action(async () => {
    const flags = command.opts<ConnectionFlags>()
    const output = readOutput(command.opts())
    const found = resolveSettings(flags, context.env, context.say)
    const rows = CONFIG_KEYS.map((key) => {
      const set = key === 'queries' ? queriesOf(context) : found[key]
      if (set) return { setting: key, value: shown(key, set.value), from: set.from }
      const value = defaultOf(key, context)
      return { setting: key, value, from: value === null ? 'not set' : 'default' }
    })
    const columns = ['setting', 'value', 'from'].map((name) => ({ name, type: 'String' }))
    for (const path of unread(context))
      context.say(`${path} is not read: write config.json instead`)
    const isTerminal = output.format === 'terminal'
    const unset = rows.filter(({ value }) => value === null).map(({ setting }) => setting)
    const result = {
      title: 'Settings',
      columns,
      rows: isTerminal ? rows.filter(({ value }) => value !== null) : rows,
    }
    const screen = context.screen()
    await writeResult(context.stdout, result, output, 'table', screen)
    if (isTerminal && unset.length > 0) {
      await write(context.stdout, `${note(`not set: ${unset.join(', ')}`, screen.width)}\n`)
    }
  })
}

function initCommand(context: Context): Command {
  const command = new Command('init')
  command
    .summary('Write a commented configuration file')
    .description(
      'Write a commented configuration file in which nothing is set, readable by you alone.',
    )
  addExamples(
    command,
    ['otrace config init', 'XDG_CONFIG_HOME=~/elsewhere otrace config init'],
    ['otrace config - what is set, and by what'],
  )
  return command.action(async () => {
    const path = configFile(context.env)
    if (existsSync(path)) throw usage(`${path} exists already`, 'edit it')
    const elsewhere = 'name another folder in XDG_CONFIG_HOME'
    writeTextFile(path, STARTER, { elsewhere, isPrivate: true })
    await write(context.stdout, `${path}\n  otrace config   # shows what is set, and by what\n`)
  })
}

/** Files that look like a configuration, such as config.yaml. */
function unread({ env }: Context): string[] {
  return [dirname(configFile(env)), PROJECT].flatMap((folder) => {
    try {
      const names = readdirSync(folder)
      const others = names.filter((name) => /^config\.(?:ya?ml|toml|jsonc)$/.test(name))
      return others.map((name) => join(folder, name))
    } catch {
      return []
    }
  })
}

/** Null for a setting without a default; ClickHouse or otrace then finds the value. */
function defaultOf(key: (typeof CONFIG_KEYS)[number], { env }: Context): string | null {
  const values: { [key in (typeof CONFIG_KEYS)[number]]?: string } = {
    data: dataDirectory(undefined, { ...env, OTRACE_DATA: '' }),
    since: '1h',
    dashboard: 'overview',
  }
  return values[key] ?? null
}

function queriesOf({ env }: Context): Setting | undefined {
  if (env.OTRACE_QUERIES) return { value: env.OTRACE_QUERIES, from: 'OTRACE_QUERIES' }
  const folders = configuredQueries(env)
  if (folders.length === 0) return undefined
  return { value: folders.join(delimiter), from: configFile(env) }
}

function shown(key: string, value: string): string {
  if (key === 'password') return value === '' ? '(empty)' : '(set)'
  return key === 'url' ? withoutPassword(value) : value
}
