/** The compose files are at one about names, images, passwords, health and start order. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { PLUGIN, PLUGIN_VERSION } from '../cli/commands/grafana/panel.ts'
import { packageRoot } from '../package.ts'
import { removeFolder } from '../test/folder.ts'
import { BUILT, otelcol } from '../test/otelcol/otelcol.ts'
import {
  collector,
  compose,
  datasources,
  ends,
  FILES,
  folder,
  healthOf,
  images,
  needed,
  read,
} from './files.ts'

describe.each(FILES)('%s', (file) => {
  const { services } = compose(file)
  const all = Object.entries(services)

  test('images and the plugin are named in .env alone', () => {
    for (const [name, { image = '', build }] of all) {
      const named = image === 'otrace-shop' ? (build?.args.NODE_IMAGE ?? '') : image
      const [, variable = ''] = /^\$\{(\w+)\}$/.exec(named) ?? []
      expect(images.get(variable), name).toBeDefined()
    }
    expect(services.grafana!.environment!.GF_PLUGINS_PREINSTALL_SYNC).toBe('${GRAFANA_PLUGIN}')
  })

  test('no service has a default password', () => {
    const passwords = all.flatMap(([, { environment = {} }]) =>
      Object.entries(environment).filter(([name]) => name.includes('PASSWORD')),
    )
    expect(passwords.length).toBeGreaterThan(3)
    for (const [, value] of passwords) expect(value).toMatch(/^\$\{OTRACE_PASSWORD:\?/)
  })

  test('services wait for others that exist, and for their health only where they tell it', () => {
    for (const [name, service] of all) {
      for (const [other, condition] of needed(service)) {
        expect(services[other], `${name} needs ${other}`).toBeDefined()
        // The image of the shop has its own.
        const tells = healthOf(services[other]!).length > 0 || other === 'shop'
        if (condition === 'service_healthy') expect(tells, other).toBe(true)
      }
    }
  })

  // `up --wait` takes any other end for a failure.
  test('services that end are waited for until they succeed, and all others tell their health', () => {
    const awaited = all.flatMap(([, service]) =>
      needed(service).flatMap(([other, condition]) =>
        condition === 'service_completed_successfully' ? other : [],
      ),
    )
    const ending = all.filter(([, service]) => ends(service)).map(([name]) => name)
    expect(new Set(awaited)).toEqual(new Set(ending))
    const silent = all.filter(
      ([, service]) =>
        !ends(service) && service.image !== 'otrace-shop' && healthOf(service).length === 0,
    )
    // The collector's image has one program. In compose.yaml another service asks it, in cluster.yaml HAProxy does.
    expect(silent.map(([, { image }]) => image)).toEqual(silent.map(() => '${COLLECTOR_IMAGE}'))
    if (file === 'cluster.yaml') return
    expect(needed(services.shop!)).toEqual([
      ['collector-answers', 'service_completed_successfully'],
    ])
    expect(services['collector-answers']!.entrypoint!.at(-1)).toMatch(/^http:\/\/collector:\d+\/$/)
  })

  test('services that keep running restart, have a limit of memory, and gain no rights', () => {
    for (const [name, { restart, mem_limit, security_opt }] of all.filter(
      ([, service]) => !ends(service),
    )) {
      expect({ name, restart }).toEqual({ name, restart: 'unless-stopped' })
      expect(mem_limit).toMatch(/^\dg$/)
      expect(security_opt).toEqual(['no-new-privileges:true'])
    }
  })

  test('collectors and Grafana are the user that the servers have', () => {
    const server = Object.values(services).find(({ environment }) => environment?.CLICKHOUSE_USER)!
    const login = { username: server.environment!.CLICKHOUSE_USER }
    expect(collector.exporters.clickhouse).toMatchObject({
      ...login,
      endpoint: expect.stringContaining('${env:CLICKHOUSE_HOST}'),
      password: '${env:CLICKHOUSE_PASSWORD}',
    })
    const [{ jsonData, secureJsonData }] = datasources
    expect({ ...jsonData, ...secureJsonData }).toMatchObject({
      ...login,
      host: '$CLICKHOUSE_HOST',
      password: '$CLICKHOUSE_PASSWORD',
    })
  })
})

test('.env names a tag of each image, and says when they were looked up', () => {
  expect(read('.env')).toMatch(/looked up on 20\d\d-\d\d-\d\d/)
  for (const [name, image] of images) {
    if (name.endsWith('_IMAGE')) expect(image, name).toMatch(/^[\w./-]+:v?\d[\w.-]*$/)
  }
  expect(images.get('GRAFANA_PLUGIN')).toBe(`${PLUGIN}@${PLUGIN_VERSION}`)
  // Long-term releases: ClickHouse's are of March and August, Node's and HAProxy's are even.
  expect(images.get('CLICKHOUSE_IMAGE')).toMatch(/:\d\d\.[38]$/)
  expect(images.get('KEEPER_IMAGE')!.split(':')[1]).toBe(
    images.get('CLICKHOUSE_IMAGE')!.split(':')[1],
  )
  expect(images.get('NODE_IMAGE')).toMatch(/:\d[02468]-slim$/)
  expect(images.get('HAPROXY_IMAGE')).toMatch(/:\d\.\d*[02468]$/)
  expect(images.get('METABASE_IMAGE')).toMatch(/-lts$/)
})

test('no other file names a tag of an image, but for the GitLab job, which is copied: the same Node', () => {
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: fileURLToPath(packageRoot) })
  const files = tracked
    .toString()
    .split('\0')
    .filter((path) => /\.(?:ts|md|ya?ml|cfg|xml)$|Dockerfile$/.test(path))
  const tags = [...images.values()].map((image) => image.split(/[:@]/)[0]!)
  const own = tags.filter((name) => name !== 'node')
  const named = new RegExp(
    `\\b(?:${own.join('|')})[:@]v?\\d|^FROM [a-z][\\w-]*:|\\bimage: *["']?[a-z][\\w./-]*:`,
    'm',
  )
  const found = files.filter((path) => named.test(readFileSync(new URL(path, packageRoot), 'utf8')))
  expect(found).toEqual(['compose/ci/gitlab.yaml'])
  const [, node = ''] = /^node:(\d+)-/.exec(images.get('NODE_IMAGE')!)!
  expect(read('ci/gitlab.yaml')).toContain(` node:${node}\n`)
  const setup = read('ci/github.yaml').match(/node-version: .*/g)
  expect(setup).toEqual([`node-version: "${node}"`, `node-version: "${node}"`])
})

test('the traffic and Metabase start only when asked for', () => {
  const { services } = compose('compose.yaml')
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

test("the tests' Collector is of the version in .env, with the components of collector.yaml", () => {
  const modules = readFileSync(new URL('test/otelcol/go.mod', packageRoot), 'utf8')
  const version = images.get('COLLECTOR_IMAGE')!.split(':')[1]
  // Of each module the version without a promise of stability.
  const found = [
    ...modules.matchAll(/(?:collector-contrib|opentelemetry\.io\/collector)\S* v(0\.\S+)/g),
  ]
  expect(found.length).toBeGreaterThan(20)
  for (const [line, each] of found) expect(each, line).toBe(version)
  for (const component of [
    'clickhouseexporter',
    'healthcheckextension',
    'storage/filestorage',
    'batchprocessor',
    'memorylimiterprocessor',
    'otlpreceiver',
  ])
    expect(modules).toMatch(new RegExp(`/${component} v`))
})

const binary = await otelcol()
test.skipIf(!binary)(`a real Collector accepts the configuration (${BUILT})`, () => {
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
