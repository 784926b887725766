/** The compose files and what they mount, parsed. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { packageRoot } from '../package.ts'

export interface Service {
  image?: string
  build?: { context: string; dockerfile: string; args: Record<string, string> }
  command?: string[]
  entrypoint?: string[]
  environment?: Record<string, string>
  ports?: string[]
  volumes?: string[]
  depends_on?: string[] | Record<string, { condition: string }>
  healthcheck?: { test?: string | string[]; disable?: boolean }
  profiles?: string[]
  mem_limit?: string
  restart?: string
  security_opt?: string[]
}

interface Compose {
  services: Record<string, Service>
  volumes: Record<string, null>
}

export const FILES = ['compose.yaml', 'cluster.yaml'] as const

export const folder = new URL('compose/', packageRoot)
export const read = (path: string) => readFileSync(new URL(path, folder), 'utf8')
export const compose = (path: string) => parse(read(path), { merge: true }) as Compose
export const collector = parse(read('collector.yaml'), { merge: true })
export const { datasources } = parse(read('grafana/provisioning/datasources/clickhouse.yaml'))
export const { providers } = parse(read('grafana/provisioning/dashboards/otrace.yaml'))
/** .env: image tags by their names. */
export const images = new Map(
  [...read('.env').matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
)

/** The services that one waits for, and for what. */
export function needed({ depends_on = {} }: Service): [name: string, condition: string][] {
  if (Array.isArray(depends_on)) return depends_on.map((name) => [name, 'service_started'])
  return Object.entries(depends_on).map(([name, { condition }]) => [name, condition])
}

/** The words of a service's health check. */
export function healthOf({ healthcheck = {} }: Service): string[] {
  return [healthcheck.test ?? []].flat()
}

/** A service that ends: all others are started again. */
export const ends = ({ restart }: Service) => restart === undefined
