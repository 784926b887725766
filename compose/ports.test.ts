/** Ports, addresses and mounts: the same in every file, and those that the images read. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { packageRoot } from '../package.ts'
import { listening as server } from '../test/listening.ts'
import {
  collector,
  compose,
  datasources,
  FILES,
  folder,
  healthOf,
  images,
  providers,
  read,
  type Service,
} from './files.ts'

const port = (endpoint: string) => Number(/:(\d+)\/?$/.exec(endpoint)?.[1])
const all = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, found]) => found!)
const haproxy = read('cluster/haproxy.cfg')
const keeper = read('cluster/keeper.xml')

/** Where something listens in a container: what the mounted files say, else what the image does by itself. */
const LISTENING: Record<string, number[]> = {
  'otrace-shop': all(read('Dockerfile'), /^EXPOSE (\d+)$/gm).map(Number),
  COLLECTOR_IMAGE: [
    collector.receivers.otlp.protocols.http.endpoint,
    collector.receivers.otlp.protocols.grpc.endpoint,
    collector.extensions.health_check.endpoint,
  ].map(port),
  HAPROXY_IMAGE: all(haproxy, /^ {2}bind \S*:(\d+)$/gm).map(Number),
  KEEPER_IMAGE: all(keeper, /<(?:tcp_)?port>(\d+)</g).map(Number),
  CLICKHOUSE_IMAGE: [8123, 9000],
  GRAFANA_IMAGE: [3000],
  METABASE_IMAGE: [3000],
}
const imageOf = ({ image = '' }: Service) => /^\$\{(\w+)\}$/.exec(image)?.[1] ?? image
const listening = (service: Service) => LISTENING[imageOf(service)]!

/** What an image reads or writes, by its entry point and its documentation. */
const TARGETS: Record<string, string[]> = {
  COLLECTOR_IMAGE: [
    '/etc/otelcol-contrib/config.yaml',
    collector.extensions.file_storage.directory,
  ],
  CLICKHOUSE_IMAGE: [
    '/var/lib/clickhouse',
    '/docker-entrypoint-initdb.d',
    '/etc/clickhouse-server/config.d/cluster.xml',
  ],
  KEEPER_IMAGE: ['/etc/clickhouse-keeper/keeper_config.xml', '/var/lib/clickhouse'],
  HAPROXY_IMAGE: ['/usr/local/etc/haproxy/haproxy.cfg'],
  GRAFANA_IMAGE: ['/var/lib/grafana', '/etc/grafana/provisioning', providers[0].options.path],
  METABASE_IMAGE: [],
}

test('every port is known, and each image of .env has its own', () => {
  for (const [image, ports] of Object.entries(LISTENING)) {
    expect({ image, ports }).toEqual({ image, ports: expect.arrayContaining([expect.any(Number)]) })
    expect(ports.filter(Number.isNaN), image).toEqual([])
  }
  const named = [...images.keys()].filter((name) => name.endsWith('_IMAGE'))
  const run = named.filter((name) => name !== 'NODE_IMAGE')
  expect(Object.keys(LISTENING).sort()).toEqual([...run, 'otrace-shop'].sort())
})

describe.each(FILES)('%s', (file) => {
  const { services, volumes } = compose(file)
  const each = Object.entries(services)
  const mounts = each.flatMap(([name, service]) =>
    (service.volumes ?? []).map((mount) => {
      const [source = '', target = '', mode] = mount.split(':')
      return { name, service, source, target, mode }
    }),
  )

  test('every published port is one on which the service listens, on the loopback interface, each once', () => {
    const published = each.flatMap(([name, { ports = [] }]) =>
      ports.map((each) => ({ name, each })),
    )
    expect(published.length).toBeGreaterThan(3)
    for (const { name, each } of published) {
      expect(each).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
      expect(listening(services[name]!), `${name} ${each}`).toContain(port(each))
    }
    const outside = published.map(({ each }) => each.split(':')[1])
    expect(new Set(outside).size).toBe(outside.length)
  })

  test('every address of a service is one on which it listens', () => {
    const addresses = [...read(file).matchAll(/\/\/([a-z][\w-]*):(\d+)/g)].map(
      ([, host = '', to]) => ({ host, to: Number(to) }),
    )
    for (const { host, to } of addresses) {
      expect(Object.keys(services)).toContain(host)
      expect(listening(services[host]!), host).toContain(to)
    }
    expect(addresses.length).toBe({ 'compose.yaml': 4, 'cluster.yaml': 0 }[file])
  })

  test('every health check asks a port on which its own service listens', () => {
    const asked = each.flatMap(([name, service]) =>
      all(healthOf(service).join(' '), /\b127\.0\.0\.1(?::| --port )(\d+)/g).map((to) => ({
        name,
        to,
      })),
    )
    expect(asked.length).toBeGreaterThan(2)
    for (const { name, to } of asked) expect(listening(services[name]!), name).toContain(Number(to))
  })

  test('collectors and Grafana reach a ClickHouse server of this file, on its native port', () => {
    const hosts = each.flatMap(([, { environment = {} }]) => environment.CLICKHOUSE_HOST ?? [])
    expect(hosts.length).toBeGreaterThan(1)
    for (const host of hosts) {
      for (const to of [
        port(collector.exporters.clickhouse.endpoint),
        datasources[0].jsonData.port,
      ])
        expect(listening(services[host]!)).toContain(to)
    }
    expect(datasources[0].jsonData.protocol).toBe('native')
    expect(collector.exporters.clickhouse.endpoint).toMatch(/^tcp:/)
  })

  test('every mounted file exists, and is read only', () => {
    const paths = mounts.filter(({ source }) => source.startsWith('./'))
    expect(paths.length).toBeGreaterThan(3)
    for (const { source, mode } of paths) {
      expect({ source, mode }).toEqual({ source, mode: 'ro' })
      expect(existsSync(new URL(source, folder)), source).toBe(true)
    }
  })

  test('every volume is declared, used, and of one service that keeps running', () => {
    const named = mounts.filter(({ source }) => !source.startsWith('./'))
    expect(new Set(named.map(({ source }) => source))).toEqual(new Set(Object.keys(volumes)))
    const kept = named.filter(({ service }) => service.restart).map(({ source }) => source)
    expect(new Set(kept).size).toBe(kept.length)
  })

  test('every mount is where the image, its configuration, or its command looks', () => {
    for (const { name, service, target } of mounts) {
      const words = [service.command ?? [], service.entrypoint ?? []].flat().join(' ').split(/\s+/)
      const told = Object.values(service.environment ?? {}).map((value) => `${value}`)
      const known = TARGETS[imageOf(service)]!
      const isRead =
        known.includes(target) ||
        words.includes(target) ||
        told.some((path) => path.startsWith(`${target}/`))
      expect({ name, target, isRead }).toEqual({ name, target, isRead: true })
    }
  })
})

test('the shop and the traffic send to the port on which the collector receives OTLP over HTTP', () => {
  const { services } = compose('compose.yaml')
  for (const name of ['shop', 'traffic']) {
    const { hostname, port: to } = new URL(
      services[name]!.environment!.OTEL_EXPORTER_OTLP_ENDPOINT!,
    )
    expect(hostname).toBe('collector')
    expect(Number(to)).toBe(port(collector.receivers.otlp.protocols.http.endpoint))
  }
})

test('HAProxy sends both protocols to both collectors, on their own ports, and asks their health', () => {
  const { http, grpc } = collector.receivers.otlp.protocols
  for (const [name, { endpoint }] of [
    ['otlp_grpc', grpc],
    ['otlp_http', http],
  ] as const) {
    const [, section = ''] = new RegExp(`^listen ${name}\\n((?: .*\\n)+)`, 'm').exec(haproxy) ?? []
    const servers = ['collector-1', 'collector-2'].map((host) => `${host}:${port(endpoint)}`)
    expect(all(section, /bind :(\d+)/g)).toEqual([`${port(endpoint)}`])
    expect(all(section, /server \w+ (\S+)$/gm)).toEqual(servers)
    expect(haproxy).toContain(`nbsrv(${name}) lt 1`)
  }
  const checked = port(collector.extensions.health_check.endpoint)
  expect(haproxy).toContain(`default-server check port ${checked} `)
  expect(collector.service.extensions).toContain('health_check')
})

const hasWget = spawnSync('wget', ['--version']).status === 0
test.skipIf(!hasWget)(
  'the service that waits for the collector outlasts its 503 (needs wget)',
  async () => {
    const statuses = [503, 503, 200]
    const { url, stop } = await server(
      createServer((_, response) => void response.writeHead(statuses.shift() ?? 500).end()),
    )
    onTestFinished(stop)
    const { entrypoint } = compose('compose.yaml').services['collector-answers']!
    const [program = '', ...args] = entrypoint!.with(-1, url)
    const [status] = await once(spawn(program, args), 'exit')
    expect({ status, statuses }).toEqual({ status: 0, statuses: [] })
  },
)

test('servers reach Keeper and each other on ports on which they listen, and Keeper stores on its volume', () => {
  const { services } = compose('cluster.yaml')
  const addresses = [...read('cluster/config.xml').matchAll(/<host>([\w-]+)<\/host><port>(\d+)</g)]
  expect(addresses).toHaveLength(5)
  for (const [, host = '', to] of addresses)
    expect(listening(services[host]!), host).toContain(Number(to))
  const [volume] = services.keeper!.volumes!.map((mount) => mount.split(':'))
  // An existing volume has these at its top: Keeper would start empty elsewhere, and replicas become read-only.
  expect(volume![0]).toBe('keeper')
  expect(all(keeper, /_path>(\/[^<]+)</g)).toEqual([`${volume![1]}/log`, `${volume![1]}/snapshots`])
})

const pages = [
  'compose/README.md',
  ...readdirSync(new URL('docs/', packageRoot)).map((name) => `docs/${name}`),
]
test('the documentation names no other port of the stack than those that are published', () => {
  const { services } = compose('compose.yaml')
  const published = Object.values(services).flatMap(({ ports = [] }) =>
    ports.map((each) => each.split(':')[1]!),
  )
  const text = pages
    .filter((path) => path.endsWith('.md'))
    .map((path) => readFileSync(new URL(path, packageRoot), 'utf8'))
    .filter((text) => text.includes('compose/compose.yaml'))
    .join('\n')
  const named = new Set(all(text, /\b(?:127\.0\.0\.1|localhost):(\d+)/g))
  expect(named.size).toBeGreaterThan(3)
  for (const each of named) expect(published).toContain(each)
})
