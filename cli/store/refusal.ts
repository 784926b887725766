/** What a store's failure means to the person at the shell: one sentence, one hint, an exit code. */
import { ClickHouseError } from '@clickhouse/client'
import { OtraceError } from '../errors.ts'

const HINTS: Record<string, string> = {
  '159': 'ask for a shorter window (--since 15m), or allow more: --timeout 300s',
  '241': 'ask for a shorter window or fewer columns, or allow more: --memory 8GB',
  '164': 'otrace only reads; change data with clickhouse-client',
  '47': 'see the columns of `spans` with: otrace help sql; a table\'s with: otrace sql "DESCRIBE TABLE otel_traces"',
  '62': 'one statement without FORMAT is expected (-o chooses the format); see the final one with --sql',
  '60': 'see the tables with: otrace sql "SHOW TABLES"',
  '81': 'see the databases with: otrace sql "SHOW DATABASES"',
  '516': 'give the user and the password: --url http://user:password@host:8123',
  '497': 'ask for SELECT on the table of spans, or use another user',
}

const OWN_SETTINGS =
  'leave SETTINGS out: what keeps a statement from writing keeps it from changing settings, too (--timeout and --memory set the limits)'

const UNREACHABLE =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ECONNRESET|ETIMEDOUT|socket hang up|certificate|EPROTO|SSL|Parse Error/i

/** Turns anything that @clickhouse/client throws into an OtraceError. */
export function storeError(error: unknown, place: string): unknown {
  if (error instanceof OtraceError || !(error instanceof Error)) return error
  if (error instanceof ClickHouseError && error.code === '427') {
    return new OtraceError(
      'usage',
      `a regular expression cannot be read: ${firstSentence(error.message)}`,
      'put a \\ before ( [ { * + ? . that stand for themselves',
    )
  }
  if (error instanceof ClickHouseError) {
    return new OtraceError(
      'refused',
      `ClickHouse refused the query: ${firstSentence(error.message)} (${error.type ?? 'code'} ${error.code})`,
      /Cannot modify/.test(error.message) ? OWN_SETTINGS : HINTS[error.code],
    )
  }
  if (error.name === 'AbortError' || /aborted/i.test(error.message)) return error
  if (/error in the stream/.test(error.message)) {
    return new OtraceError(
      'refused',
      `${place} broke its answer off with an error that arrived in pieces and cannot be read`,
      'ask again, for a shorter window or fewer columns',
    )
  }
  if (/Timeout error/i.test(error.message)) {
    return new OtraceError(
      'noStore',
      `${place} did not answer in time`,
      'ask for a shorter window, or wait longer: --timeout 300s',
    )
  }
  const text = `${error.message} ${'code' in error ? String(error.code) : ''}`
  if (UNREACHABLE.test(text) || 'code' in error) {
    return new OtraceError(
      'noStore',
      `cannot reach ClickHouse at ${place}: ${error.message || String('code' in error && error.code)}`,
      'check the address (--url or OTRACE_URL takes the HTTP port, usually 8123 or 8443)',
    )
  }
  return new OtraceError(
    'noStore',
    `${place} does not answer like ClickHouse: ${firstSentence(error.message)}`,
    'check the address (--url or OTRACE_URL takes the HTTP port, usually 8123 or 8443)',
  )
}

/** ClickHouse adds its version, stack and the whole query to a message; the first sentence says what is wrong. */
function firstSentence(message: string): string {
  const line = message
    .replace(/^Code: \d+\. DB::Exception: /, '')
    .replace(/\s*\(version [^)]*\)\s*$/, '')
    // The format is ours, and what else could have stood there fills a screen.
    .replace(/\s*FORMAT JSONCompactEachRowWithNamesAndTypes/g, '')
    .replace(/\.? Expected one of:[\s\S]*$/, '')
    .replace(/: (?:while executing|While processing|In scope|Stack trace)[\s\S]*$/i, '')
    .trim()
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}
