/** The compose files: they parse, and agree on ports, names, mounts, images and passwords. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { PLUGIN, PLUGIN_VERSION } from '../cli/commands/grafana/panel.ts'
import { packageRoot } from '../package.ts'
import { removeFolder } from '../test/folder.ts'
import { otelcol } from '../test/otelcol/otelcol.ts'

interface Service {
  image?: string
  environment?: Record<string, string>
  ports?: string[]
  volumes?: string[]
  depends_on?: string[] | Record<string, { condition: string }>
  healthcheck?: object
  profiles?: string[]
  mem_limit?: string
  restart?: string
  security_opt?: string[]
}

interface Compose {
  services: Record<string, Service>
  volumes: Record<string, null>
}

const folder = new URL('compose/', packageRoot)
const read = (path: string) => readFileSync(new URL(path, folder), 'utf8')
const compose = (path: string) => parse(read(path), { merge: true }) as Compose
const collector = parse(read('collector.yaml'), { merge: true })
const { datasources } = parse(read('grafana/provisioning/datasources/clickhouse.yaml'))
const { providers } = parse(read('grafana/provisioning/dashboards/otrace.yaml'))
const images = new Map(
  [...read('.env').matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
)

describe.each(['compose.yaml', 'cluster.yaml'])('%s', (file) => {
  const { services, volumes } = compose(file)
  const all = Object.entries(services)
  const mounts = all.flatMap(([, { volumes = [] }]) => volumes)

  test('every mounted file exists, and every volume is declared and used', () => {
    const paths = mounts.filter((mount) => mount.startsWith('./'))
    expect(paths.length).toBeGreaterThan(3)
    for (const mount of paths) {
      expect(mount).toMatch(/:ro$/)
      const [path = ''] = mount.split(':')
      expect(existsSync(new URL(path, folder)), path).toBe(true)
    }
    const named = mounts
      .filter((mount) => !mount.startsWith('./'))
      .map((mount) => mount.split(':')[0])
    expect(new Set(named)).toEqual(new Set(Object.keys(volumes)))
  })

  test('all ports are published on the loopback interface, each once', () => {
    const ports = all.flatMap(([, each]) => each.ports ?? [])
    expect(ports.length).toBeGreaterThan(3)
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
    expect(new Set(ports).size).toBe(ports.length)
  })

  test('images and the plugin are those of .env, which says when they were chosen', () => {
    expect(read('.env')).toMatch(/chosen on 20\d\d-\d\d-\d\d/)
    // Long-term releases are of March and August.
    expect(read('.env')).toMatch(/^CLICKHOUSE_IMAGE=.*:\d\d\.[38]$/m)
    const named = all.flatMap(([, { image = '' }]) => (image === 'otrace-shop' ? [] : [image]))
    for (const image of named) {
      const [, name = ''] = /^\$\{(\w+)\}$/.exec(image) ?? []
      expect(images.get(name), image).toMatch(/^[\w./-]+:[\w.]+$/)
    }
    expect(services.grafana!.environment!.GF_PLUGINS_PREINSTALL_SYNC).toBe(`\${GRAFANA_PLUGIN}`)
    expect(images.get('GRAFANA_PLUGIN')).toBe(`${PLUGIN}@${PLUGIN_VERSION}`)
  })

  test('no service has a default password', () => {
    const passwords = all.flatMap(([, { environment = {} }]) =>
      Object.entries(environment).filter(([name]) => name.includes('PASSWORD')),
    )
    expect(passwords.length).toBeGreaterThan(3)
    for (const [, value] of passwords) expect(value).toMatch(/^\$\{OTRACE_PASSWORD:\?/)
  })

  test('services wait for others that exist, and for their health only where they tell it', () => {
    for (const [name, { depends_on = {} }] of all) {
      const needed = Array.isArray(depends_on)
        ? depends_on.map((each) => [each, { condition: 'service_started' }] as const)
        : Object.entries(depends_on)
      for (const [other, { condition }] of needed) {
        expect(services[other], `${name} needs ${other}`).toBeDefined()
        const tells = services[other]!.healthcheck !== undefined || other === 'shop'
        if (condition === 'service_healthy') expect(tells, other).toBe(true)
      }
    }
  })

  test('services with a published port tell their health, where their image can', () => {
    const cannot = ['${COLLECTOR_IMAGE}', '${HAPROXY_IMAGE}']
    for (const [name, { ports, image = '', healthcheck }] of all) {
      if (!ports || cannot.includes(image) || image === 'otrace-shop') continue
      const [, inside] = /:(\d+)$/.exec(ports[0]!) ?? []
      const test = expect.arrayContaining([expect.stringContaining(`http://127.0.0.1:${inside}/`)])
      expect({ name, ...healthcheck }).toMatchObject({ name, test })
    }
  })

  test('services that keep running restart, have a limit of memory, and gain no rights', () => {
    const once = ['queue', 'schema']
    for (const [name, { restart, mem_limit, security_opt }] of all.filter(
      ([name]) => !once.includes(name),
    )) {
      expect({ name, restart }).toEqual({ name, restart: 'unless-stopped' })
      expect(mem_limit).toMatch(/^\dg$/)
      expect(security_opt).toEqual(['no-new-privileges:true'])
    }
  })

  test('collectors and Grafana reach a ClickHouse server of this file, as its user', () => {
    const hosts = all.flatMap(([, { environment = {} }]) => environment.CLICKHOUSE_HOST ?? [])
    expect(hosts.length).toBeGreaterThan(1)
    for (const host of hosts) expect(Object.keys(services)).toContain(host)
    const server = Object.values(services).find(({ environment }) => environment?.CLICKHOUSE_USER)!
    const login = { username: server.environment!.CLICKHOUSE_USER }
    expect(collector.exporters.clickhouse).toMatchObject({
      ...login,
      endpoint: `tcp://\${env:CLICKHOUSE_HOST}:9000`,
      password: `\${env:CLICKHOUSE_PASSWORD}`,
    })
    const [{ jsonData, secureJsonData }] = datasources
    expect({ ...jsonData, ...secureJsonData }).toMatchObject({
      ...login,
      host: '$CLICKHOUSE_HOST',
      port: 9000,
      password: '$CLICKHOUSE_PASSWORD',
    })
  })

  test('the collectors read the configuration, and keep their queue on a volume', () => {
    const uses = all.filter(([, { image }]) => image === `\${COLLECTOR_IMAGE}`)
    expect(uses.length).toBeGreaterThan(0)
    for (const [, { volumes = [] }] of uses) {
      expect(volumes[0]).toBe('./collector.yaml:/etc/otelcol-contrib/config.yaml:ro')
      expect(volumes[1]).toMatch(`:${collector.extensions.file_storage.directory}`)
    }
  })

  test('Grafana finds its dashboards', () => {
    expect(mounts).toContain(`./grafana/dashboards:${providers[0].options.path}:ro`)
  })
})

test('the shop and the traffic send to the port on which the collector receives', () => {
  const { services } = compose('compose.yaml')
  for (const name of ['shop', 'traffic']) {
    const { hostname, port } = new URL(services[name]!.environment!.OTEL_EXPORTER_OTLP_ENDPOINT!)
    expect(Object.keys(services)).toContain(hostname)
    expect(collector.receivers.otlp.protocols.http.endpoint).toBe(`0.0.0.0:${port}`)
  }
  expect(services.traffic!.profiles).toEqual(['traffic'])
  expect(services.metabase!.profiles).toEqual(['metabase'])
})

test('the pipelines limit memory first, batch, retry and queue on disk', () => {
  for (const signal of ['traces', 'logs']) {
    expect(collector.service.pipelines[signal]).toEqual({
      receivers: ['otlp'],
      processors: ['memory_limiter', 'batch'],
      exporters: ['clickhouse'],
    })
  }
  expect(collector.exporters.clickhouse).toMatchObject({
    sending_queue: { storage: 'file_storage' },
    retry_on_failure: { max_elapsed_time: 0 },
  })
  expect(collector.service.extensions).toContain('file_storage')
})

test("the tests' Collector is of the version in .env", () => {
  const modules = readFileSync(new URL('test/otelcol/go.mod', packageRoot), 'utf8')
  const [, version] = /\/exporter\/clickhouseexporter v([\d.]+)/.exec(modules) ?? []
  expect(images.get('COLLECTOR_IMAGE')).toMatch(new RegExp(`:${version}$`))
})

const binary = await otelcol()
test.skipIf(!binary)('a real collector accepts the configuration', () => {
  const queue = mkdtempSync(join(tmpdir(), 'otrace-queue-'))
  const config = join(queue, 'config.yaml')
  writeFileSync(config, read('collector.yaml').replace('/var/lib/otelcol', queue))
  const env = { ...process.env, CLICKHOUSE_HOST: 'clickhouse', CLICKHOUSE_PASSWORD: 'secret' }
  execFileSync(binary!, ['validate', '--config', config], { env, stdio: 'pipe' })
  removeFolder(queue)
})

test('the cluster has two shards with two replicas, of the servers that there are', () => {
  const { services } = compose('cluster.yaml')
  const config = read('cluster/config.xml')
  const shards = [...config.matchAll(/<shard>.*?<\/shard>/g)].map(([shard]) =>
    [...shard.matchAll(/<host>([\w-]+)<\/host>/g)].map(([, host]) => host!),
  )
  expect(shards).toEqual([
    ['clickhouse-1', 'clickhouse-2'],
    ['clickhouse-3', 'clickhouse-4'],
  ])
  for (const [i, hosts] of shards.entries()) {
    for (const host of hosts) {
      expect(services[host]!.environment).toMatchObject({ SHARD: String(i + 1), REPLICA: host })
    }
  }
  const [, keeper = '', port] = /<host>(keeper)<\/host><port>(\d+)</.exec(config) ?? []
  expect(Object.keys(services)).toContain(keeper)
  expect(read('cluster/keeper.xml')).toContain(`<tcp_port>${port}</tcp_port>`)
  const backends = [...read('cluster/haproxy.cfg').matchAll(/server \w+ ([\w-]+):(\d+)/g)]
  expect(new Set(backends.map(([, host]) => host))).toEqual(new Set(['collector-1', 'collector-2']))
  expect(new Set(backends.map(([, , port]) => port))).toEqual(new Set(['4317', '4318']))
  for (const word of ['ON CLUSTER otrace', "Distributed('otrace'", 'ReplicatedMergeTree'])
    expect(read('cluster/init.sql')).toContain(word)
})

// A reader of one server would see its own rows alone.
test('what the collectors write into is a Distributed table on every server of the cluster', () => {
  for (const table of ['otel_traces', 'otel_logs']) {
    const ddl = new RegExp(
      `CREATE TABLE IF NOT EXISTS otel\\.${table} ON CLUSTER otrace\\nAS otel\\.${table}_local\\nENGINE = Distributed`,
    )
    expect(read('cluster/init.sql')).toMatch(ddl)
  }
})

test('the dashboards choose among data sources of the provisioned type', () => {
  const files = readdirSync(new URL('grafana/dashboards/', folder))
  expect(files).toHaveLength(3)
  for (const file of files) {
    const { panels, templating } = JSON.parse(read(`grafana/dashboards/${file}`))
    const [variable] = templating.list
    expect(variable).toMatchObject({ name: 'datasource', query: datasources[0].type })
    for (const { datasource } of panels) {
      expect(datasource).toEqual({ type: datasources[0].type, uid: `\${datasource}` })
    }
  }
})
