/** The configuration files: `~/.config/otrace/config.json` and `./.otrace/config.json`. */
import { existsSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { OtraceError, usage } from '../errors.ts'
import { didYouMean } from '../query/did-you-mean.ts'
import { PROJECT, readText } from '../query/files.ts'

/** Settings of a configuration file, in the order that `otrace config` shows. */
export const CONFIG_KEYS = [
  'url',
  'user',
  'password',
  'password_file',
  'password_command',
  'tls_ca',
  'tls_cert',
  'tls_key',
  'database',
  'table',
  'schema',
  'data',
  'service',
  'since',
  'dashboard',
  'queries',
] as const
export type ConfigKey = (typeof CONFIG_KEYS)[number]

/**
 * What the file of a checkout may set. It may not name files, folders or commands, which would be read or run
 * without a question, nor whom to log in as.
 */
const PROJECT_KEYS: readonly ConfigKey[] = [
  'url',
  'database',
  'table',
  'schema',
  'service',
  'since',
  'dashboard',
]

export type Config = { [key in Exclude<ConfigKey, 'queries'>]?: string } & { queries?: string[] }

export interface UserConfig {
  path: string
  /** Settings beside the profiles. */
  shared: Config
  /** The default profile's name. */
  profile: string | undefined
  profiles: Record<string, Config>
}

/** The file of a checkout, which someone may merely have entered. */
export const PROJECT_CONFIG = join(PROJECT, 'config.json')

/** The path of the user's configuration file; it may not exist. */
export function configFile(env: NodeJS.ProcessEnv): string {
  return join(
    env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'),
    'otrace',
    'config.json',
  )
}

/**
 * The user's configuration; paths in it are relative to its folder, or start with ~.
 * @param say gets a warning when other users can read or change the passwords of the file
 * @throws OtraceError (exit 2) for a malformed file or an unknown key
 */
export function readUserConfig(
  env: NodeJS.ProcessEnv,
  say: (text: string) => void = () => {},
): UserConfig {
  const path = configFile(env)
  const { profile, profiles = {}, ...shared } = readJson(path)
  if (!isObject(profiles)) throw usage(`profiles is not an object in ${path}`, 'name: settings')
  // Without the properties that every object has, such as `constructor`.
  const own: Record<string, Config> = Object.create(null)
  for (const [name, settings] of Object.entries(profiles))
    own[name] = settingsOf(settings, CONFIG_KEYS, path, ` in the profile '${name}'`)
  const config = settingsOf(shared, CONFIG_KEYS, path, '', ['profile', 'profiles'])
  const all = [config, ...Object.values(own)]
  if (all.some(({ password_command: command }) => command !== undefined)) refuseOthers(path)
  if (all.some(hasSecret)) warnOfOthers(path, say)
  const named = typeof profile === 'string' && profile !== '' ? profile : undefined
  return { path, shared: config, profile: named, profiles: own }
}

/**
 * The configuration of the current folder.
 * @throws OtraceError (exit 2) for a malformed file, an unknown key, or one that it may not set
 */
export function readProjectConfig(): Config {
  if (!existsSync(PROJECT_CONFIG)) return {}
  // The user's own file, where the home folder is the current one.
  return settingsOf(readJson(PROJECT_CONFIG), PROJECT_KEYS, PROJECT_CONFIG, '')
}

/** The folders of query files that the user's configuration names. */
export function configuredQueries(env: NodeJS.ProcessEnv): string[] {
  const { shared, profile, profiles } = readUserConfig(env)
  const name = env.OTRACE_PROFILE || profile
  return (name === undefined ? undefined : profiles[name]?.queries) ?? shared.queries ?? []
}

/** Comments and commas before a closing bracket; strings are kept as they are. */
const JSONC = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\/|,(?=(?:\s|\/\/[^\n]*\n)*[}\]])/g

/** The words and signs of JSON, up to the first that is none. */
const WORDS = /^(?:\s|[{}[\],:]|"(?:[^"\\\n]|\\.)*"|[-+.\deE]+|true|false|null)*/

function readJson(path: string): Record<string, unknown> {
  let text: string
  try {
    text = readText(path, { inside: path === PROJECT_CONFIG ? PROJECT : undefined })
  } catch (error) {
    if (error instanceof OtraceError) throw error
    return {}
  }
  let found: unknown
  // Comments become as many spaces.
  const plain = text.replace(JSONC, (part) =>
    part.startsWith('"') ? part : part.replace(/[^\n]/g, ' '),
  )
  // Nothing but comments sets nothing.
  if (plain.trim() === '') return {}
  try {
    found = JSON.parse(plain)
  } catch (error) {
    // The message quotes the file, and maybe a password. It has no position of a word without quotes.
    const words = WORDS.exec(plain)![0].length
    const [, position = words < plain.length ? words : undefined] =
      / at position (\d+)/.exec((error as Error).message) ?? []
    const before = text.slice(0, Number(position)).split('\n')
    const at = `${path}:${before.length}:${before.at(-1)!.length + 1}`
    throw usage(
      position === undefined ? `${path} is not JSON` : `${at}: not JSON here`,
      'look for a missing or surplus comma, quote or bracket',
    )
  }
  if (isObject(found)) return found
  throw usage(`${path} is not an object`, 'otrace config init writes one')
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Refuses unknown keys: a misspelt `pasword` would fail as a refused login. */
function settingsOf(
  found: unknown,
  allowed: readonly ConfigKey[],
  path: string,
  where: string,
  besides: string[] = [],
): Config {
  if (!isObject(found)) throw usage(`not an object${where} of ${path}`, 'write {"url": …}')
  const config: Record<string, string | string[]> = {}
  for (const [key, value] of Object.entries(found)) {
    if (!allowed.some((name) => name === key)) {
      if (CONFIG_KEYS.some((name) => name === key)) {
        throw usage(
          `${path} may not set '${key}': it came with a checkout`,
          `set it in your own configuration: otrace config init`,
        )
      }
      const known = [...allowed, ...besides]
      const meant = didYouMean(key, known)
      throw usage(
        `unknown key '${key}'${where}${where ? ' of' : ' in'} ${path}`,
        meant ? `did you mean ${meant}?` : `use ${known.join(', ')}`,
      )
    }
    const right =
      key === 'queries'
        ? Array.isArray(value) && value.every((folder) => typeof folder === 'string')
        : typeof value === 'string'
    if (!right) {
      const kind = key === 'queries' ? 'a list of folders' : 'a text'
      throw usage(`${key} is not ${kind}${where} in ${path}`, 'put it in quotes')
    }
    if (key === 'dashboard' && !/^[\w-]+$/.test(String(value))) {
      throw usage(`dashboard is not a name in ${path}`, 'otrace dashboard --help lists them')
    }
    config[key] = FILES.some((name) => name === key)
      ? [value as string | string[]].flat().map((file) => fromFolder(path, file))
      : (value as string)
    if (key !== 'queries' && Array.isArray(config[key])) config[key] = config[key][0]!
  }
  return config as Config
}

const FILES: readonly ConfigKey[] = [
  'password_file',
  'tls_ca',
  'tls_cert',
  'tls_key',
  'data',
  'queries',
]

function fromFolder(path: string, file: string): string {
  return resolve(dirname(path), file.replace(/^~(?=\/|$)/, homedir()))
}

function hasSecret({ url = '', password, password_command: command }: Config): boolean {
  const inUrl = URL.canParse(url) && new URL(url).password !== ''
  return password !== undefined || command !== undefined || inUrl
}

/** @throws OtraceError (exit 2) for a file with a command that any user may put there */
function refuseOthers(path: string): void {
  if (process.platform === 'win32') return
  const { mode, uid } = statSync(path)
  if ((mode & 0o002) !== 0)
    throw usage(`every user can change the password_command in ${path}`, `chmod 600 ${path}`)
  if (uid !== 0 && uid !== process.getuid?.())
    throw usage(`${path} has a password_command, and is another user's`, 'write a file of your own')
}

/** Once per command, which may parse its flags more than once. */
const warned = new WeakSet<object>()

function warnOfOthers(path: string, say: (text: string) => void): void {
  // Windows has no such modes.
  if (process.platform === 'win32' || warned.has(say)) return
  const { mode } = statSync(path)
  const folder = dirname(path)
  const folderMode = statSync(folder).mode
  const isSticky = (folderMode & 0o1000) !== 0
  if ((mode & 0o066) !== 0) {
    const verb =
      (mode & 0o044) !== 0 ? ((mode & 0o022) !== 0 ? 'read and change' : 'read') : 'change'
    say(`other users can ${verb} the passwords in ${path}\n  → chmod 600 ${path}`)
  } else if ((folderMode & 0o022) !== 0 && !isSticky) {
    say(`other users can replace ${path}, which has passwords\n  → chmod go-w ${folder}`)
  } else return
  warned.add(say)
}
