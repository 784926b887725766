/** What the endpoint says about the host: no path, no host name, no kernel, no user. */
import { mkdtempSync } from 'node:fs'
import { hostname, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shopRequest } from '../../../bench/shop-spans.ts'
import { removeFolder } from '../../../test/folder.ts'
import { type Collector, start } from '../../main.ts'
import { HIDDEN } from './hidden.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-hidden-'))
let collector: Collector

beforeAll(async () => {
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  collector = await start({ dataDir: join(folder, 'data'), ...ports })
  const headers = { 'content-type': 'application/x-protobuf' }
  const body = new Uint8Array(shopRequest(2, BigInt(Date.now()) * 1_000_000n, 1e9))
  await fetch(`${collector.addresses.otlpHttp}/v1/traces`, { method: 'POST', headers, body })
})
afterAll(async () => {
  await collector.stop()
  removeFolder(folder)
})

async function ask(sql: string, query = ''): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${collector.addresses.clickhouse}/?${query}`, {
    method: 'POST',
    body: sql,
  })
  return { status: answer.status, text: await answer.text() }
}

/** A host name may be a short word of other texts, so only a whole value counts. */
function revealing(text: string): string | undefined {
  const words = [folder, release(), `"${hostname()}"`]
  return words.find((word) => text.includes(word))
}

describe('every table', () => {
  it('shows nothing of the host, with all its columns that may be read', async () => {
    const listed = await ask(
      "SELECT database, name FROM system.tables WHERE database NOT IN ('otel') FORMAT TSV",
    )
    const names = listed.text.trim().split('\n')
    expect(names.length).toBeGreaterThan(100)
    let answered = 0
    for (const name of names) {
      const [database, table] = name.split('\t')
      const from = `${database}.${table}`
      const whole = await ask(`SELECT * FROM ${from} LIMIT 2000 FORMAT JSONEachRow`)
      expect([from, revealing(whole.text)]).toEqual([from, undefined])
      if (whole.status === 200) answered++
      if (database !== 'system' || !Object.hasOwn(HIDDEN, table!)) continue
      expect([from, whole.status]).toEqual([from, 200])
      const described = await ask(`DESCRIBE ${from} FORMAT TSV`)
      const all = described.text.trim().split('\n')
      const columns = all.map((line) => line.split('\t')[0]!)
      const open = columns.filter((column) => !HIDDEN[table!]!.includes(column))
      expect(open.length).toBe(columns.length - HIDDEN[table!]!.length)
      const rest = await ask(
        `SELECT ${open.map((column) => `\`${column}\``).join(', ')} FROM ${from} FORMAT JSONEachRow`,
      )
      expect([from, rest.status, revealing(rest.text)]).toEqual([from, 200, undefined])
    }
    expect(answered).toBeGreaterThan(20)
  })
})

const READS = [
  'SELECT t FROM system.tables AS t',
  'SELECT tables FROM system.tables',
  'SELECT toString(t) FROM system.tables AS t',
  'SELECT count(t.*), any(data_paths) FROM system.tables AS t',
  'SELECT COLUMNS(data_paths) FROM system.tables',
  'SELECT t.COLUMNS(data_paths) FROM system.tables AS t',
  "SELECT t.COLUMNS('data_paths') FROM system.tables AS t",
  "SELECT b.COLUMNS('path') FROM system.one AS a JOIN system.tables AS b ON 1",
  'SELECT b FROM (SELECT data_paths AS b FROM system.tables)',
  'SELECT data_paths[1] FROM system.tables',
  'SELECT `data_paths` FROM `system`.`tables`',
  'SELECT system.tables.data_paths FROM system.tables',
  'SELECT data_paths.size0 FROM system.tables',
  'SELECT name FROM system.tables ARRAY JOIN data_paths AS p',
  "SELECT name FROM system.tables WHERE arrayExists(p -> p LIKE '/%', data_paths)",
  'SELECT 1 FROM system.tables AS a JOIN system.tables AS b USING (data_paths)',
  "SELECT 'a' IN system.databases",
  'SELECT path FROM system.parts',
  'SELECT (SELECT path FROM system.parts LIMIT 1)',
  'SELECT max(metadata_path) FROM system.databases',
  'SELECT query FROM system.processes',
  'SELECT client_hostname FROM system.processes',
  'SELECT Settings FROM system.processes',
  'WITH ((a,b,c,d,e,f,g,h) -> tuple(a,b,c,d,e,f,g,h)) AS count SELECT count(*) FROM system.databases LIMIT 1',
  'SHOW PROCESSLIST',
  'SELECT hostName()',
  'SELECT FQDN()',
  'SELECT getOSKernelVersion()',
  'SELECT 1 FROM otel.otel_traces, system.tables AS t WHERE t.data_paths = []',
  'SELECT * FROM otel.otel_traces, system.tables',
  'SELECT *, system.tables.data_paths FROM system.tables',
  'SELECT * FROM system.one AS a JOIN system.tables AS b ON 1',
  'SELECT *, a IS NOT DISTINCT FROM system.tables FROM system.one AS a JOIN system.tables AS b ON 1',
  "SELECT *, 'FROM system.tables' AS `FROM system.tables` FROM system.one AS a JOIN system.tables AS b ON 1",
]

it.each(READS)('%s is refused', async (sql) => {
  const answer = await ask(`${sql}`)
  expect(answer.text).toMatch(/^Code: (497|46|62|164|47|51)\./)
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(revealing(answer.text)).toBeUndefined()
})

it.each([
  // As DBeaver lists tables.
  'SELECT name AS TABLE_NAME, comment AS REMARKS, * FROM system.tables WHERE database = {d:String}',
  'SELECT * FROM system.tables',
  'FROM system.tables SELECT *',
  'SELECT * FROM view(SELECT * FROM system.tables)',
  'SELECT t.* FROM `system`.`tables` t WHERE t.name IN (SELECT name FROM system.columns)',
  'SELECT tables.name, tuple(*) FROM system.tables',
  "SELECT COLUMNS('name|path') FROM system.tables",
  'SELECT * EXCEPT (name) FROM system.tables',
  'SELECT * FROM (SELECT * FROM system.tables)',
  'WITH a AS (SELECT * FROM system.tables) SELECT * FROM a',
  'SELECT * FROM system.databases UNION ALL SELECT * FROM system.databases',
  'SELECT *, (SELECT count(*) FROM system.parts) FROM system.databases ORDER BY ALL',
  'SELECT * FROM system.processes',
  "SELECT *, system.tables.name AS n FROM system.tables WHERE system.tables.name != 'system.tables.name'",
  'SELECT system.tables.* FROM system.tables ORDER BY system.tables.name',
  "SELECT system.tables.COLUMNS('name|path') FROM system.tables",
  "SELECT t.COLUMNS('name|path') FROM system.tables AS t",
])('%s shows the other columns', async (sql) => {
  const answer = await ask(`${sql} FORMAT JSON`, 'param_d=otel')
  expect([answer.status, revealing(answer.text)]).toEqual([200, undefined])
  const { data, meta } = JSON.parse(answer.text)
  const names = meta.map(({ name }: { name: string }) => name)
  expect(data.length).toBeGreaterThan(0)
  for (const hidden of Object.values(HIDDEN).flat()) expect(names).not.toContain(hidden)
})

it.each(['SELECT * FROM tables', "SELECT 'a' IN databases", 'SELECT tables FROM tables'])(
  '%s is refused in the database system',
  async (sql) => {
    expect((await ask(sql, 'database=system')).status).toBe(400 + 3)
  },
)

it.each([
  'SELECT count(*) FROM system.tables',
  'SELECT * FROM (SELECT name, engine FROM system.tables)',
  'SELECT name, total_rows FROM system.tables AS t WHERE t.database = currentDatabase()',
  'SELECT * FROM otel.otel_traces WHERE SpanName IN (SELECT name FROM system.tables)',
  'SELECT query_id, elapsed FROM system.processes',
  'SELECT sum(bytes_on_disk) FROM system.parts WHERE active',
])('%s is answered', async (sql) => {
  expect((await ask(sql)).status).toBe(200)
})

it('introspection is off, and cannot be set', async () => {
  const set = await ask("SELECT getSetting('allow_introspection_functions')")
  expect(set.text).toMatch(/^(false|0)|not allowed/)
  const sent = await ask('SELECT 1', 'allow_introspection_functions=1')
  expect(sent.text).toContain("Cannot modify 'allow_introspection_functions' setting")
})

it('settings with maps are refused as settings, such as those of ad-hoc filters in Grafana', async () => {
  const map = "additional_table_filters = {'otel.otel_traces': 'SpanName = \\'a\\'', 'b': '{'}"
  for (const settings of [map, `max_threads = 1, ${map}, max_rows_to_read = 9`]) {
    const { text } = await ask(`SELECT 1 SETTINGS ${settings}`)
    expect(text).toMatch(/^Code: 164\..*Cannot modify 'additional_table_filters' setting/)
  }
  for (const settings of [`${map} = 1`, 'max_threads = {'])
    expect((await ask(`SELECT 1 SETTINGS ${settings}`)).status).toBe(400)
})

it.each([
  'SELECT throwIf(1)',
  "SELECT CAST('x' AS UInt8)",
  'SELECT count() FROM otel.nosuch',
  'SELECT arrayJoin(range(1000000000000))',
  'SELECT 1 FORMAT Nosuch',
  "SELECT toDateTime('x')",
  "SELECT CAST(number, 'Enum8(\\'a\\' = 1)') FROM numbers(3)",
])('the error of %s names no path', async (sql) => {
  const { status, text } = await ask(sql)
  expect(status).toBeGreaterThanOrEqual(400)
  expect(revealing(text)).toBeUndefined()
  expect(text).not.toMatch(/otrace-hidden|\/answers\//)
})
