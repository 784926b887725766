/** Translates errors of @clickhouse/client into a message, a hint and an exit code. */
import { ClickHouseError } from '@clickhouse/client'
import { noStore, OtraceError, refused, usage } from '../errors.ts'
import { didYouMean } from '../query/did-you-mean.ts'
import { SPANS_COLUMNS } from '../query/filters/where-rules.ts'
import { parseWhole } from '../units/parse.ts'
import { formatRound, formatUnit, plural } from '../units/units.ts'
import { NotClickHouseError } from './answer.ts'

const HINTS: Record<string, string> = {
  '394': 'ask again: the server is stopping, or its operator ended the query',
  '107': 'put the files back where they were; a new start of `otrace up` begins the table empty',
  '164': 'otrace only reads; change data with clickhouse-client',
  '47': 'see the columns of `spans` with: otrace help sql; a table\'s with: otrace sql "DESCRIBE TABLE otel_traces"',
  '62': 'fix the statement; --sql prints it as it is sent',
  '60': 'see the tables with: otrace sql "SHOW TABLES"',
  '81': 'see the databases with: otrace sql "SHOW DATABASES"',
  '202': 'other statements take long: ask again later, or wait longer with --timeout',
  '201': 'ask again when its interval has ended, or have the quota raised',
  '516': 'give the user and the password: --url http://user:password@host:8123',
  '497': 'ask for SELECT on the spans table, or use another user',
}

/** What to do about the disk and the files of a local store. */
const REMEDIES: [reason: RegExp, remedy: string][] = [
  [/NOT_ENOUGH_SPACE|No space left|disk of the store is full/, 'make room on the disk'],
  [/Memory limit|allocate memory|CANNOT_ALLOCATE_MEMORY/i, 'free memory, and start again'],
  [
    /too many (?:files are open|open files)/i,
    'raise the limit, such as `ulimit -n 4096`, and start again',
  ],
  [/may not read or write a file/, 'let this user read and write the data directory'],
  [/disk of the store cannot be/, 'see whether its disk is mounted read-only, or fails'],
  [/is in the place of a/, 'put the files back where they were'],
]

/** The collector's sentences about its files. Errors of other servers may quote a statement with such words. */
const OF_FILES =
  /^(?:the disk of the store|this user may not|too many files are open|an? (?:file|folder) is in the place)/

export const remedyFor = (reason = ''): string | undefined =>
  REMEDIES.find(([found]) => found.test(reason))?.[1]

const DAMAGED_PART = 'a part of the store is damaged: '
const DAMAGED = 'ask for a window without its spans; `otrace doctor` lists damaged parts'
const OWN_SETTINGS =
  'leave SETTINGS out: what keeps a statement from writing keeps it from changing settings, too (--timeout and --memory set the limits)'

const NOT_LISTED = 'remove the function: the local store runs only functions known to be safe'
const NOT_READABLE = 'remove it: the local store allows only reads of its own tables'

const UNREACHABLE =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ECONNRESET|ETIMEDOUT|socket hang up|certificate|EPROTO|SSL|Parse Error/i

/** What a collector allows a query at most: bytes and seconds. Other servers don't say. */
export interface MostAllowed {
  memory?: number
  seconds?: number
}

/**
 * Turns anything that @clickhouse/client throws into an OtraceError.
 * @param sql the statement as sent
 */
export function storeError(
  error: unknown,
  place: string,
  most: MostAllowed = {},
  sql?: string,
): unknown {
  if (error instanceof OtraceError || !(error instanceof Error)) return error
  if (error instanceof ClickHouseError && error.code === '427') {
    return usage(
      `invalid regular expression: ${expressionError(error.message)}`,
      'escape literal ( [ { * + ? . with a \\',
    )
  }
  const quota = error instanceof ClickHouseError ? QUOTA.exec(error.message)?.groups : undefined
  if (quota) return usedUp(quota)
  if (error instanceof ClickHouseError) {
    const refusal = refused(
      `ClickHouse refused the query: ${firstSentence(error.message)} (${error.type ?? 'code'} ${error.code})`,
      hintFor(error, most, sql),
    )
    const bytes = /failed at position (\d+)/.exec(error.message)?.[1]
    if (sql !== undefined && bytes !== undefined) {
      const before = Buffer.from(sql).subarray(0, Number(bytes) - 1)
      refusal.statement = { sql, position: before.toString().length }
    }
    return refusal
  }
  if (error instanceof NotClickHouseError) return notClickHouse(error.message, place)
  if (error.name === 'AbortError' || /aborted/i.test(error.message)) return error
  if (/Timeout error/i.test(error.message)) {
    return noStore(
      `${place} did not answer in time`,
      'ask for a shorter window, or wait longer: --timeout 300s',
    )
  }
  const text = `${error.message} ${'code' in error ? String(error.code) : ''}`
  if (/wrong version number|WRONG_VERSION_NUMBER|packet length too long/i.test(text)) {
    return noStore(
      `cannot reach ClickHouse at ${place}: this port does not speak TLS`,
      'use http://',
    )
  }
  if (/certificate required|alert number 116\b/i.test(text)) {
    return noStore(
      `cannot reach ClickHouse at ${place}: it asks for a client certificate`,
      'give one with --tls-cert and --tls-key',
    )
  }
  if (UNREACHABLE.test(text) || 'code' in error) {
    return noStore(
      `cannot reach ClickHouse at ${place}: ${error.message || String('code' in error && error.code)}`,
      addressHint(text, place),
    )
  }
  return notClickHouse(error.message, place)
}

/** https://clickhouse.com/docs/sql-reference/statements/create/quota. The end is in the time zone of the server. */
const QUOTA =
  /Quota for user `(?<user>[^`]+)` for (?<seconds>\d+)s has been exceeded: (?<what>\w+) = [^/ ]+\/(?<most>[\d.e+]+)\. Interval will end at (?<end>\d[\d-]+ [\d:]+\d)/

/** What a quota allows: `10,000 queries`, `2 SELECTs`, `9.31 GiB read`. */
function amountOf(what: string, most: number): string {
  if (what === 'queries') return plural(most, 'query', what)
  if (what === 'execution_time') return `${formatRound(most, 's')} of execution`
  const [, kind, unit] = /^(\w+)_(rows|bytes)$/.exec(what) ?? []
  const amount = unit === 'rows' ? plural(most, 'row') : formatUnit(most, 'bytes')
  if (kind) return `${amount} ${kind === 'result' ? 'of results' : kind}`
  const statement = /^query_(selects|inserts)$/.exec(what)?.[1]
  const one = statement?.slice(0, -1).toUpperCase() ?? what.replaceAll('_', ' ').replace(/s$/, '')
  return plural(most, one)
}

/** Without what was used, which differs by the query. */
function usedUp({ user, seconds, what = '', most, end }: Record<string, string>): OtraceError {
  const allowed = `${amountOf(what, Number(most))} in ${formatRound(Number(seconds), 's')}`
  return refused(
    `ClickHouse refused the query: the quota of ${user} is used up: ${allowed} (QUOTA_EXCEEDED 201)`,
    `ask again after ${end} of the server's clock, or have the quota raised`,
  )
}

const CHECK_ADDRESS =
  'check the address (--url or OTRACE_URL takes the HTTP port, usually 8123 or 8443)'

/** What to look at where nothing was answered. */
function addressHint(text: string, place: string): string {
  if (OTLP.test(text)) return OTLP_HINT
  if (/self-signed certificate|unable to (?:get|verify)/i.test(text)) {
    return 'name the authority that signed its certificate: --tls-ca ca.pem'
  }
  if (/altnames/i.test(text)) return 'use a name that the certificate has'
  const isHung = /socket hang up|ECONNRESET/.test(text) && place.startsWith('http://')
  return isHung ? `${CHECK_ADDRESS}; a port of TLS needs https://` : CHECK_ADDRESS
}

/** What the collector's OTLP ports say of another path, and of HTTP/1. */
const OTLP = /unknown path: |Expected HTTP\//
const OTLP_HINT =
  'this may be a port that receives spans: ask the ClickHouse port, 8123 unless `otrace up` prints another'

function notClickHouse(message: string, place: string): OtraceError {
  if (/unknown path: /.test(message)) {
    return noStore(`${place} does not answer like ClickHouse: it receives OTLP`, OTLP_HINT)
  }
  const said = firstSentence(message)
  return noStore(
    `${place} does not answer like ClickHouse${said === '' ? '' : `: ${said}`}`,
    CHECK_ADDRESS,
  )
}

function hintFor(
  { code, message }: ClickHouseError,
  most: MostAllowed,
  sql = '',
): string | undefined {
  if (/Cannot modify/.test(message)) return OWN_SETTINGS
  // The collector's own check.
  if (/\bfunction \S+ is not allowed here/.test(message)) return NOT_LISTED
  if (/\bis not allowed here/.test(message)) return NOT_READABLE
  // It says what to do itself.
  if (message.includes('restart otrace up')) return undefined
  if (code === '159') return timeoutHint(message, most.seconds)
  const key = code === '47' && /identifier `attributes\.([^`']+)`/.exec(message)?.[1]
  if (key) return `in SQL write attributes['${key}']; attributes.${key} is a word of --where`
  const name = code === '47' && /\bidentifier [`']([^`']+)[`']/.exec(message)?.[1]
  if (name && ['""', '“”'].some(([open, close]) => sql.includes(open + name + close))) {
    return `write a text in single quotes: '${name}'; in double quotes it is the name of a column`
  }
  const meant = name && /\bspans AS \(/.test(sql) && didYouMean(name, SPANS_COLUMNS)
  if (meant) return `did you mean ${meant}? all columns: otrace sql "DESCRIBE spans"`
  if (message.startsWith(DAMAGED_PART)) return DAMAGED
  return code === '241'
    ? memoryHint(message, most.memory)
    : (HINTS[code] ?? (OF_FILES.test(message) ? remedyFor(message) : undefined))
}

/** Advises --timeout only with more than was allowed. */
function timeoutHint(message: string, most = Number.POSITIVE_INFINITY): string {
  const less = 'ask for a shorter window (--since 15m)'
  const limit = Number(/(?:maximum:|after) ([\d.]+)/.exec(message)?.[1] ?? 60)
  const more = Math.min(limit * 5, most)
  if (more <= limit) return `${less}: the collector allows no more time`
  return `${less}, or allow more: --timeout ${Math.ceil(more)}s`
}

/** Advises --memory only where the query's own limit was reached and may be raised. */
function memoryHint(message: string, most = Number.POSITIVE_INFINITY): string {
  const less = 'ask for a shorter window or fewer columns'
  const [, limit] = /Query memory limit exceeded.*maximum: ([\d.]+ \w*B)/s.exec(message) ?? []
  const reached = limit === undefined ? undefined : parseWhole(limit.replace(' ', ''), 'bytes')
  if (reached === undefined) return less
  // ClickHouse rounds what it reached.
  const more = Math.min(Number(reached) * 2, most)
  if (more < Number(reached) * 1.1) return `${less}: the collector allows no more memory`
  return `${less}, or allow more: --memory ${sizeBelow(more)}`
}

/** What --memory reads as at most `bytes`, and as a hundredth less at most: 2.4 GB, where 2 may be too few. */
function sizeBelow(bytes: number): string {
  const [unit, name] = bytes < 1e6 ? [1e3, 'KB'] : bytes < 1e9 ? [1e6, 'MB'] : [1e9, 'GB']
  const step = 10 ** Math.floor(Math.log10(bytes) - 2)
  return `${(Math.floor(bytes / step) * step) / unit}${name}`
}

/** What RE2 says of an expression, without the functions and links around it. */
function expressionError(message: string): string {
  const said = /\berror: (.+?)\.? (?:Look at|Please note)/s.exec(message)?.[1]
  return said ?? firstSentence(message)
}

/** The first sentence of a message: ClickHouse appends its version, the stack and the whole query. */
function firstSentence(message: string): string {
  const line = message
    .replace(/^Code: \d+\. DB::Exception: /, '')
    .replace(/\s*\(version [^)]*\)\s*$/, '')
    // otrace appends FORMAT, so an error there is an error at the statement's end.
    .replace(/failed at position \d+ \((?:FORMAT|JSONCompactEachRow\w*)\)[^.]*/g, 'unexpected end')
    .replace(/\s*(?:FORMAT )?JSONCompactEachRowWithNamesAndTypes/g, '')
    .replace(/\.? Expected one of:[\s\S]*$/, '')
    .replace(/: (?:while executing|While processing|In scope|Stack trace)[\s\S]*$/i, '')
    .trim()
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}
