/** Effective settings with their sources: flag, environment, configuration files, default. */
import { usage } from '../errors.ts'
import { withoutPassword } from '../store/connection.ts'
import {
  type Config,
  type ConfigKey,
  PROJECT_CONFIG,
  readProjectConfig,
  readUserConfig,
  type UserConfig,
} from './config-file.ts'

/** A value, and where it comes from: `--url`, `OTRACE_URL`, or a file. */
export interface Setting {
  value: string
  from: string
}

export type Settings = { [key in Exclude<ConfigKey, 'queries'>]?: Setting }

/** Values of flags that set a setting. */
export type SettingFlags = {
  [key in 'url' | 'user' | 'password' | 'database' | 'table' | 'schema' | 'data']?: string
} & { profile?: string; passwordFile?: string; tlsCa?: string; tlsCert?: string; tlsKey?: string }

/** Who one is, and how a server proves who it is: never sent to a place that a checkout chose. */
const CREDENTIALS = [
  ['user', 'OTRACE_USER'],
  ['password', 'OTRACE_PASSWORD'],
  ['password_file', 'OTRACE_PASSWORD_FILE'],
  ['password_command', ''],
  ['tls_ca', 'OTRACE_TLS_CA'],
  ['tls_cert', 'OTRACE_TLS_CERT'],
  ['tls_key', 'OTRACE_TLS_KEY'],
] as const
const TABLES = [
  ['database', 'OTRACE_DATABASE'],
  ['table', 'OTRACE_TABLE'],
  ['schema', 'OTRACE_SCHEMA'],
] as const

/**
 * The settings of a connection. A typed place replaces the whole connection of the files: two servers' settings would
 * mix.
 * @param say gets the note that a checkout chose the server
 * @throws OtraceError (exit 2) for an unknown profile or a malformed file
 */
export function resolveSettings(
  flags: SettingFlags,
  env: NodeJS.ProcessEnv,
  say: (text: string) => void = () => {},
): Settings {
  const user = readUserConfig(env, say)
  const project = readProjectConfig()
  const named = flags.profile ?? (env.OTRACE_PROFILE || undefined)
  const { config: profile, from } = profileOf(user, named)
  const byHand = flags.url !== undefined || flags.data !== undefined
  const byProfile = flags.profile !== undefined && (profile.url ?? profile.data) !== undefined
  const url =
    setting(flags.url, '--url') ??
    (byHand || byProfile
      ? undefined
      : (setting(env.OTRACE_URL || undefined, 'OTRACE_URL') ?? clickhouseHost(env, named)))
  const byVariable = Boolean(env.OTRACE_DATA) && named === undefined && url === undefined
  const typedPlace = byHand || byVariable || (url !== undefined && flags.profile === undefined)
  const base: Config = typedPlace ? {} : profile
  const local = typedPlace || flags.profile !== undefined ? {} : project

  const chosen =
    url ??
    (named === undefined && !env.OTRACE_DATA && !byHand
      ? setting(project.url, PROJECT_CONFIG)
      : undefined)
  const isProject = chosen !== undefined && chosen.from === PROJECT_CONFIG && !typedPlace
  const isForeign = isProject && !sameServer(chosen.value, base.url)
  const settings: Settings = {}
  const put = (key: keyof Settings, found: Setting | undefined) => {
    if (found) settings[key] = found
  }
  put('url', chosen ?? setting(base.url, from))
  for (const [key, variable] of CREDENTIALS) {
    const flag = FLAGS[key]
    const typed = flag && setting(flags[flag[0]], flag[1])
    const other = typedPlace ? clickhouseLogin(key, url, env) : undefined
    const theirs = setting(env[variable], variable) ?? other ?? setting(base[key], from)
    // An empty variable is a password, too: no password.
    put(
      key,
      typed ?? (isForeign || (theirs?.value === '' && key !== 'password') ? undefined : theirs),
    )
  }
  for (const [key, variable] of TABLES) {
    const typed = setting(flags[key], `--${key}`) ?? setting(env[variable] || undefined, variable)
    put(
      key,
      typed ??
        setting(local[key], PROJECT_CONFIG) ??
        setting(isForeign ? undefined : base[key], from),
    )
  }
  put(
    'data',
    setting(flags.data, '--data') ??
      setting(base.data, from) ??
      (flags.url === undefined ? setting(env.OTRACE_DATA || undefined, 'OTRACE_DATA') : undefined),
  )
  for (const [key, value] of Object.entries(defaultsOf(user, project, named, env)))
    put(key as keyof Settings, value)
  if (isForeign) noteForeign(chosen.value, settings, env, base, say)
  return settings
}

/**
 * The server of clickhouse-client's variables, by its port of HTTP.
 * https://clickhouse.com/docs/interfaces/cli#environment-variable-options
 */
function clickhouseHost(env: NodeJS.ProcessEnv, profile: string | undefined): Setting | undefined {
  const { CLICKHOUSE_HOST: host, OTRACE_DATA: data } = env
  if (!host || data || profile !== undefined) return undefined
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  // clickhouse-client chooses TLS by the same end of the name.
  const place = /\.clickhouse\.cloud$/.test(host) ? `https://${name}:8443` : `http://${name}:8123`
  return { value: place, from: 'CLICKHOUSE_HOST' }
}

/** The user or the password of clickhouse-client's variables, for an address that has none. */
function clickhouseLogin(
  key: ConfigKey,
  url: Setting | undefined,
  env: NodeJS.ProcessEnv,
): Setting | undefined {
  if (!url || (URL.canParse(url.value) && new URL(url.value).username !== '')) return undefined
  const variable = { user: 'CLICKHOUSE_USER', password: 'CLICKHOUSE_PASSWORD' }[key as string]
  return variable === undefined ? undefined : setting(env[variable] || undefined, variable)
}

const FLAGS: { [key in ConfigKey]?: [name: Exclude<keyof SettingFlags, 'profile'>, flag: string] } =
  {
    user: ['user', '--user'],
    password: ['password', '--password'],
    password_file: ['passwordFile', '--password-file'],
    tls_ca: ['tlsCa', '--tls-ca'],
    tls_cert: ['tlsCert', '--tls-cert'],
    tls_key: ['tlsKey', '--tls-key'],
  }

const setting = (value: string | undefined, from: string): Setting | undefined =>
  value === undefined ? undefined : { value, from }

/** The default service, window and dashboard; an empty variable is none. */
export function readDefaults(
  env: NodeJS.ProcessEnv,
  profile?: string,
): Pick<Settings, 'service' | 'since' | 'dashboard'> {
  return defaultsOf(
    readUserConfig(env),
    readProjectConfig(),
    profile ?? (env.OTRACE_PROFILE || undefined),
    env,
  )
}

function defaultsOf(
  user: UserConfig,
  project: Config,
  named: string | undefined,
  env: NodeJS.ProcessEnv,
): Settings {
  const { config, from } = profileOf(user, named)
  const found: Settings = {}
  for (const [key, variable] of [
    ['service', 'OTRACE_SERVICE'],
    ['since', 'OTRACE_SINCE'],
    ['dashboard', 'OTRACE_DASHBOARD'],
  ] as const) {
    const first =
      setting(env[variable], variable) ??
      setting(project[key], PROJECT_CONFIG) ??
      setting(config[key], from) ??
      setting(user.shared[key], user.path)
    if (first && first.value !== '') found[key] = first
  }
  return found
}

/** The profile of this name, else the file's default one, else the settings beside the profiles. */
function profileOf(
  { path, shared, profile, profiles }: UserConfig,
  name: string | undefined,
): { config: Config; from: string } {
  const wanted = name ?? profile
  if (wanted === undefined) return { config: shared, from: path }
  const config = profiles[wanted]
  if (config) return { config, from: `${path}, profile ${wanted}` }
  const known = Object.keys(profiles)
  throw usage(
    `no profile '${wanted}' in ${path}`,
    known.length > 0
      ? `use one of ${known.join(', ')}`
      : `add it: {"profiles": {"${wanted}": {"url": "http://host:8123"}}}`,
  )
}

function sameServer(url: string, own: string | undefined): boolean {
  return (
    own !== undefined &&
    URL.canParse(url) &&
    URL.canParse(own) &&
    new URL(url).origin === new URL(own).origin
  )
}

/** Once per command, which may parse its flags more than once. */
const noted = new WeakSet<object>()

function noteForeign(
  url: string,
  settings: Settings,
  env: NodeJS.ProcessEnv,
  base: Config,
  say: (text: string) => void,
): void {
  if (noted.has(say)) return
  noted.add(say)
  const kept = CREDENTIALS.some(
    ([key, variable]) => settings[key] === undefined && Boolean(env[variable] || base[key]),
  )
  const place = withoutPassword(url)
  const note = kept
    ? `. Your user, password and certificates are not sent there\n  → to send them, type it: --url ${place}`
    : ''
  say(`${PROJECT_CONFIG} of this folder chooses the server ${place}${note}`)
}
