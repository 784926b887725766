/** The target of a call: server, database, collection, queue or service. */

import { commonName, normalizePath, normalizeStatement } from './normalize.ts'
import { type Attributes, NO_ATTRIBUTES, type SpanRow } from './span-row.ts'
import type { Span } from './trace.ts'

/** Scheme and credentials, host, path. */
const URL_PARTS = /^[a-z][a-z\d+.-]*:\/\/(?:[^/?#@]*@)?([^/?#]+)([^?#]*)/i

/** Attributes that name a target, in the conventions of every generation, the newest first. */
const KEYS = {
  method: ['http.request.method', 'http.method'],
  url: ['url.full', 'http.url'],
  address: [
    'server.address',
    'net.peer.name',
    'http.host',
    'network.peer.address',
    'net.sock.peer.addr',
  ],
  port: ['server.port', 'net.peer.port'],
  path: ['url.path', 'http.target'],
  route: ['url.template', 'http.route'],
  database: ['db.namespace', 'db.name', 'db.redis.database_index', 'db.mssql.instance_name'],
  collection: [
    'db.collection.name',
    'db.mongodb.collection',
    'db.sql.table',
    'db.cassandra.table',
    'db.cosmosdb.container',
    'aws.dynamodb.table_names',
    'aws.s3.bucket',
  ],
  peer: ['peer.service', 'service.peer.name'],
  destination: ['messaging.destination.name', 'messaging.destination'],
  rpcService: ['rpc.service'],
  rpcMethod: ['rpc.method'],
} as const

/** The attributes that form names and targets. */
export const TARGET_KEYS: readonly string[] = Object.values(KEYS).flat()

/** The first value of an attribute, by its name in `KEYS`; `''` for none. */
export function targetAttribute(attributes: Attributes, name: keyof typeof KEYS): string {
  for (const key of KEYS[name]) if (attributes[key]) return attributes[key]
  return ''
}

/** Host with port, and path, that an HTTP client calls; both `''` for other spans. */
export function httpTarget({ kind, attributes, http_status, http_path, db_system }: SpanRow): {
  host: string
  path: string
} {
  const value = (name: keyof typeof KEYS) => targetAttribute(attributes, name)
  if (kind !== 'client' || db_system !== '') return NOWHERE
  if (http_status === null && !value('method')) return NOWHERE
  const [, host = '', path = ''] = URL_PARTS.exec(value('url')) ?? []
  if (host !== '') return { host, path }
  const address = value('address')
  if (address === '') return NOWHERE
  const port = value('port')
  const usual = port === '' || port === '80' || port === '443' || address.includes(':')
  const target = value('path').replace(/[?#].*$/s, '')
  return { host: usual ? address : `${address}:${port}`, path: target || http_path }
}

/** The path of a URL; `''` for none. */
export const urlPath = (url: string) => URL_PARTS.exec(url)?.[2] ?? ''

const NOWHERE = { host: '', path: '' }

/** The services of its children other than its own, sorted by name. */
export function calledServices({ row, children }: Span): string[] {
  if (children.every((child) => child.row.service === row.service)) return []
  const services = new Set(children.map((child) => child.row.service))
  services.delete(row.service)
  return [...services].sort()
}

/**
 * A key that is equal for equal calls: service, name, kind, statement without literals, and target
 * (host, database, collection, queue, peer service, route).
 */
function callKey(row: SpanRow): string {
  const { attributes } = row
  const call = [
    row.service,
    commonName(row),
    row.kind,
    normalizeStatement(row.db_query, row.db_system),
  ].join('\0')
  // An HTTP client without attributes has no host either.
  if (attributes === NO_ATTRIBUTES) return call
  const value = (name: keyof typeof KEYS) => targetAttribute(attributes, name)
  const { host, path } = httpTarget(row)
  const target = [
    host || `${value('address')}:${value('port')}`,
    row.kind === 'client' ? value('route') || normalizePath(path) : '',
    value('database'),
    value('collection'),
    value('peer'),
    value('destination'),
    value('rpcService'),
    value('rpcMethod'),
  ].join('\0')
  return target === NO_TARGET ? call : `${call}\0${target}`
}

/** Sets `call` of every span: a number for each `callKey`, which is read often and long. */
export function numberCalls(spans: Span[]): void {
  const known = new Map<string, number>()
  for (const span of spans) {
    const key = callKey(span.row)
    span.call = known.get(key) ?? known.size
    if (span.call === known.size) known.set(key, span.call)
  }
}

/** The parts of a target where none is named. */
const NO_TARGET = [':', ...Array.from({ length: 7 }, () => '')].join('\0')
