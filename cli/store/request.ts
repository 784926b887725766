/** Statements as requests of HTTP: @clickhouse/client takes 25 ms of CPU for the first one. */
import { randomUUID } from 'node:crypto'
import { Agent, type IncomingMessage, request } from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'
import { pipeline, type Readable } from 'node:stream'
import { urlToHttpOptions } from 'node:url'
import { createGunzip } from 'node:zlib'
import { packageVersion } from '../../package.ts'
import type { ClickHouseSettings, ParamValue } from '../query/compose/bound-query.ts'
import { NotClickHouseError } from './answer.ts'
import type { Connection } from './connection.ts'

/** Connections at once; further statements wait for one. */
const MOST_CONNECTIONS = 10
/** Milliseconds that a connection is kept for a next statement: servers close one after 3 s. */
const IDLE_MS = 2500

interface Server {
  /** Of which the protocol, the host and the port are read. */
  url: string
  user: string
  password: string
  tls?: Connection['tls']
}

interface Statement {
  query: string
  params: Record<string, ParamValue>
  settings: ClickHouseSettings
  /** Milliseconds to the head of the answer. */
  waitMs: number
  /** Asked after each of them, the first of which is 1: whether to wait as long again. */
  more(waits: number): Promise<boolean>
  signal?: AbortSignal | undefined
}

export interface Requests {
  /** Resolves with the head of the answer, whatever it is; the caller reads or destroys its body. */
  post(statement: Statement): Promise<IncomingMessage>
  close(): void
}

/** Sends nothing before the first statement. */
export function requestsTo({ url, user, password, tls }: Server): Requests {
  const { protocol, host } = new URL(url)
  const isSecure = protocol === 'https:'
  const kept = { keepAlive: true, maxSockets: MOST_CONNECTIONS, timeout: IDLE_MS }
  const agent = isSecure ? new SecureAgent({ ...kept, ...tls }) : new Agent(kept)
  const server = { ...urlToHttpOptions(new URL(`${protocol}//${host}`)), agent, method: 'POST' }
  const login = isSecure && tls?.cert ? byCertificate(user, password) : basic(user, password)
  return {
    post({ query, params, settings, waitMs, more, signal }) {
      const { address, type, body } = withParams(query, params, settings)
      const headers = { ...login, ...type, 'User-Agent': `otrace/${packageVersion()}` }
      return new Promise((resolve, reject) => {
        signal?.throwIfAborted()
        const asked = { ...server, path: `/?${address}`, headers }
        const sent = isSecure ? secureRequest(asked) : request(asked)
        let isOver = false
        const expire = async (waits: number) => {
          const isLate = !(await more(waits))
          if (isOver) return
          if (isLate) sent.destroy(new Error('Timeout error.'))
          else timer = setTimeout(expire, waitMs, waits + 1)
        }
        let timer = setTimeout(expire, waitMs, 1)
        const stop = () => sent.destroy(signal?.reason)
        signal?.addEventListener('abort', stop)
        const settle = () => {
          isOver = true
          clearTimeout(timer)
          signal?.removeEventListener('abort', stop)
        }
        sent.on('response', (answer) => {
          settle()
          resolve(answer)
        })
        sent.on('error', (error) => {
          settle()
          reject(error)
        })
        sent.end(body)
      })
    },
    close: () => agent.destroy(),
  }
}

/** The body: what is between may pack it without being asked. */
export function unpacked(answer: IncomingMessage): Readable {
  const { 'content-encoding': encoding = 'identity' } = answer.headers
  if (encoding === 'identity') return answer
  if (encoding === 'gzip') return pipeline(answer, createGunzip(), () => {})
  answer.destroy()
  throw new NotClickHouseError(`it packs its answer by ${encoding}, which nothing asked for`)
}

/** The header of a login with a password. */
export function basic(user: string, password: string): Record<string, string> {
  return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
}

/** https://clickhouse.com/docs/guides/sre/ssl-user-auth */
function byCertificate(user: string, password: string): Record<string, string> {
  return {
    'X-ClickHouse-User': user,
    'X-ClickHouse-Key': password,
    'X-ClickHouse-SSL-Certificate-Auth': 'on',
  }
}

/** Characters of parameters in an address; servers and proxies allow 8 kB for the whole request line. */
const MOST_IN_ADDRESS = 4096

/**
 * A statement with its parameters: in the address, or as multipart/form-data, where the parts are `query` and
 * `param_<name>`. https://clickhouse.com/docs/interfaces/http#cli-queries-with-parameters
 */
function withParams(
  query: string,
  params: Record<string, ParamValue>,
  settings: ClickHouseSettings,
): { address: string; type?: Record<string, string>; body: string } {
  const parts = Object.entries(params).map(([name, value]): [string, string] => [
    `param_${name}`,
    textOf(value),
  ])
  const set = Object.entries(settings).map(([name, value]): [string, string] => [
    name,
    String(value),
  ])
  const addressOf = (entries: [string, string][]) => new URLSearchParams(entries).toString()
  const isLong =
    parts.reduce((length, [, text]) => length + text.length, 0) > MOST_IN_ADDRESS ||
    addressOf(parts).length > MOST_IN_ADDRESS
  if (!isLong) return { address: addressOf([...parts, ...set]), body: query }
  const boundary = `otrace-${randomUUID()}`
  const part = ([name, text]: [string, string]) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`
  return {
    address: addressOf(set),
    type: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
    body: `${[part(['query', query]), ...parts.map(part)].join('')}--${boundary}--`,
  }
}

/** A value in ClickHouse's escaped form: tab-separated, and quoted within an array. */
function textOf(value: ParamValue): string {
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value)) return `[${value.map((each) => `'${escaped(each)}'`).join(',')}]`
  return escaped(value)
}

const ESCAPES: Record<string, string> = {
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  "'": "\\'",
  '\\': '\\\\',
}
const escaped = (text: string) => text.replace(/[\t\n\r'\\]/g, (char) => ESCAPES[char]!)
