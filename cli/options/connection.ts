/** The flags of the connection: flag over environment over profile over default. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { usage } from '../errors.ts'
import type { Connection } from '../store/connection.ts'
import { dataDirectory } from '../store/data-dir.ts'
import { DEFAULT_LIMITS } from '../store/limits.ts'
import { readSeconds, readSize } from '../units/parse.ts'
import { readPassword } from './password.ts'
import { resolveSettings, type Setting, type Settings } from './settings.ts'

export interface ConnectionFlags {
  url?: string
  database?: string
  table?: string
  schema?: string
  user?: string
  password?: string
  passwordFile?: string
  tlsCa?: string
  tlsCert?: string
  tlsKey?: string
  profile?: string
  data?: string
  timeout?: string
  memory?: string
}

/** Adds the flags of the connection that `otrace config` shows too. */
export function addConfigFlags(command: Command): Command {
  return command
    .optionsGroup('Connection:')
    .option('--url <url>', 'ClickHouse HTTP interface (or OTRACE_URL)')
    .option('--database <name>', 'database of the spans table')
    .option('--table <name>', 'name of the spans table')
    .option('--schema <name>', 'schema of the spans table (default: detected)')
    .option('--user <name>', 'user (or OTRACE_USER)')
    .option(
      '--password <password>',
      'password (or OTRACE_PASSWORD, which process lists do not show)',
    )
    .option('--password-file <file>', 'file with the password (or OTRACE_PASSWORD_FILE)')
    .option('--tls-ca <file>', 'PEM authority of an https server (or OTRACE_TLS_CA)')
    .option('--tls-cert <file>', 'PEM client certificate (or OTRACE_TLS_CERT)')
    .option('--tls-key <file>', 'PEM key of the client certificate (or OTRACE_TLS_KEY)')
    .addOption(
      new Option(
        '--profile <name>',
        'connection from the configuration file (or OTRACE_PROFILE)',
      ).conflicts(['url', 'data']),
    )
    .addOption(
      new Option('--data <directory>', 'directory of the local store (or OTRACE_DATA)').conflicts(
        'url',
      ),
    )
}

/** Adds the flags of the connection. */
export function addConnectionFlags(command: Command): Command {
  return addConfigFlags(command)
    .option('--timeout <duration>', 'query timeout (default: 60s)')
    .option('--memory <size>', 'memory limit of a query on the server (default: 4GB; 2GB locally)')
}

/**
 * The connection that flags, environment and profile name together.
 * @throws OtraceError (exit 2) for an unknown profile, a malformed configuration file or limit
 */
export function readConnection(
  flags: ConnectionFlags,
  env: NodeJS.ProcessEnv,
  say?: (text: string) => void,
): Connection {
  refuseEmpty(flags)
  const settings = resolveSettings(flags, env, say)
  const { url, database, table, schema, user, data } = settings
  const { timeout, memory } = flags
  return {
    url: url?.value,
    database: database?.value,
    table: table?.value,
    schema: schema?.value,
    user: user?.value,
    password: readPassword(settings, say),
    tls: tlsOf(settings),
    dataDir: dataDirectory(data?.value, env),
    limits: {
      seconds:
        timeout === undefined
          ? DEFAULT_LIMITS.seconds
          : Math.ceil(readSeconds('--timeout', timeout)),
      memory: memory === undefined ? DEFAULT_LIMITS.memory : readSize('--memory', memory),
    },
  }
}

/**
 * The authority and the client certificate of https addresses.
 * @throws OtraceError (exit 2) for a file that cannot be read or is not PEM, or a certificate without its own key
 */
function tlsOf({ tls_ca: ca, tls_cert: cert, tls_key: key }: Settings): Connection['tls'] {
  if ((cert === undefined) !== (key === undefined)) {
    const [given, missing] = cert ? [cert, '--tls-key'] : [key!, '--tls-cert']
    throw usage(`a client certificate without ${missing}: ${given.from}`, 'give both')
  }
  if (!ca && !cert) return undefined
  const read = (setting: Setting | undefined, parse: (pem: string) => unknown, what: string) => {
    if (!setting) return undefined
    const { value: path, from } = setting
    let pem: Buffer
    try {
      pem = readFileSync(path)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      throw usage(`cannot read ${path}, named by ${from}: ${code}`, 'check its path')
    }
    try {
      parse(String(pem))
    } catch {
      // In its first line, or for older keys in a line of its own.
      if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(String(pem)))
        throw usage(
          `${from}: the key has a passphrase: ${path}`,
          `write it without one: openssl pkey -in ${path} -out <file>`,
        )
      throw usage(
        `${from}: not a PEM ${what}: ${path}`,
        `name a file with -----BEGIN ${what.toUpperCase()}-----`,
      )
    }
    return pem
  }
  const certificate = (pem: string | Buffer) => new X509Certificate(pem)
  const tls = {
    ca: read(ca, certificate, 'certificate'),
    cert: read(cert, certificate, 'certificate'),
    key: read(key, createPrivateKey, 'private key'),
  }
  if (tls.cert && tls.key && !certificate(tls.cert).checkPrivateKey(createPrivateKey(tls.key))) {
    throw usage(
      `${key!.from}: not the key of ${cert!.value}: ${key!.value}`,
      'name PEM files that belong together',
    )
  }
  return tls
}

/** `--url "$UNSET"` arrives as '' and would count as no flag. */
function refuseEmpty(flags: ConnectionFlags): void {
  const names = [
    'url',
    'database',
    'table',
    'schema',
    'user',
    'profile',
    'data',
    'passwordFile',
    'tlsCa',
    'tlsCert',
    'tlsKey',
  ] as const
  const empty = names.find((name) => flags[name] === '')
  if (empty !== undefined)
    throw usage(
      `--${empty.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)} is empty`,
      'give it a value, or leave it out',
    )
}
