import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { packageRoot } from '../package.ts'

const folder = new URL('compose/', packageRoot)
const read = (path: string) => readFileSync(new URL(path, folder), 'utf8')
const services = read('docker-compose.yml')
const collector = read('collector.yaml')
const datasource = read('grafana/provisioning/datasources/clickhouse.yaml')

/** The value of the first line `key: value` of a YAML text; after `from`, if that is given. */
function value(yaml: string, key: string, from = ''): string {
  const start = yaml.indexOf(from)
  expect(start, `${from} is there`).toBeGreaterThanOrEqual(0)
  const match = new RegExp(`^\\s*${key}: (.+)$`, 'm').exec(yaml.slice(start))
  expect(match, `${key} is there`).not.toBeNull()
  return match?.[1] ?? ''
}

test('the shop sends to the port the collector receives on', () => {
  const endpoint = new URL(value(services, 'OTEL_EXPORTER_OTLP_ENDPOINT'))
  expect(services).toContain(`\n  ${endpoint.hostname}:\n`)
  expect(value(collector, 'endpoint', 'http:')).toBe(`0.0.0.0:${endpoint.port}`)
})

test('collector and Grafana name the same ClickHouse, with the database and the user that it makes', () => {
  const database = value(services, 'CLICKHOUSE_DB')
  const username = value(services, 'CLICKHOUSE_USER')
  const password = value(services, 'CLICKHOUSE_PASSWORD')
  const exporter = new URL(value(collector, 'endpoint', 'exporters:'))
  expect(services).toContain(`\n  ${exporter.hostname}:\n`)
  expect({
    database: value(collector, 'database'),
    username: value(collector, 'username'),
    password: value(collector, 'password'),
  }).toEqual({ database, username, password })
  expect({
    host: value(datasource, 'host'),
    port: value(datasource, 'port'),
    database: value(datasource, 'defaultDatabase'),
    username: value(datasource, 'username'),
    password: value(datasource, 'password'),
  }).toEqual({ host: exporter.hostname, port: exporter.port, database, username, password })
  expect(services).toContain(`otrace slow --url http://${username}:${password}@127.0.0.1:8123`)
})

test('the dashboard finds its data source', () => {
  const dashboard = JSON.parse(read('grafana/dashboards/otrace.json'))
  const uids = dashboard.panels.map(
    (panel: { datasource: { uid: string } }) => panel.datasource.uid,
  )
  expect(new Set(uids)).toEqual(new Set([value(datasource, 'uid')]))
  const provider = read('grafana/provisioning/dashboards/otrace.yaml')
  expect(services).toContain(`./grafana/dashboards:${value(provider, 'path')}:ro`)
})

test('every file that is mounted is there', () => {
  const mounted = [...services.matchAll(/^ {6}- (\.\/[^:]+):/gm)].map(([, path = '']) => path)
  expect(mounted).toHaveLength(3)
  for (const path of mounted) expect(existsSync(new URL(path, folder)), path).toBe(true)
})

test('publishes nothing beyond this machine', () => {
  const published = [...services.matchAll(/^ {6}- (\S+:\d+:\d+)$/gm)].map(([, port]) => port)
  expect(published).toHaveLength(5)
  for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:/)
})
