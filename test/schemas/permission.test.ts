/** `otrace doctor` and `otrace storage` for a user with few grants. */
import type { Session } from 'chdb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { temporaryFolder } from '../folder.ts'
import { runHere } from '../otrace.ts'
import { distribute, startEngine, store } from './engine.ts'
import { type Front, serve } from './front.ts'
import { makeSpans } from './spans.ts'

const spans = makeSpans()
const WINDOW = ['--from', '2025-10-09T08:00:00Z', '--to', '2025-10-09T11:00:00Z']
const folder = temporaryFolder()
let session: Session
let front: Front

beforeAll(async () => {
  session = await startEngine(
    folder.path,
    'SELECT, SHOW, INSERT, CREATE, DROP, TABLE ENGINE ON *.*',
  )
  front = await serve(folder.path, { denied: ['parts', 'clusters', 'data_skipping_indices'] })
  store(session, 'otel-map', spans)
  distribute(session, 'otel-map')
})

afterAll(() => {
  front.stop()
  session.close()
  folder.remove()
})

const ask = (args: string[], table: string) =>
  runHere([...args, '--url', front.url, '--database', 'otel_map', '--table', table])

it('doctor skips the shards and reports the rest', async () => {
  const { stdout, exit } = await ask(['doctor', '--json', ...WINDOW], 'distributed_otel_traces')
  const findings = JSON.parse(stdout) as { about: string; found: string; advice: string }[]
  expect(exit).toBe(0)
  const [table] = findings.filter(({ about }) => about === 'table')
  expect(table!.found).toMatch(
    /\): [\d.]+ K rows; size on disk unknown: .*the grant READ ON REMOTE/,
  )
  expect(table!.advice).toBe(
    'ask a server of the cluster: otrace doctor --url http://HOST:8123 --database otel_map --table otel_traces',
  )
  const about = findings.map((each) => each.about)
  expect(about).toEqual(expect.arrayContaining(['time range', 'window', 'duplicates', 'indexes']))
})

it('storage counts the rows and names the unknown figures', async () => {
  const { stdout, stderr, exit } = await ask(['storage', '--json'], 'distributed_otel_traces')
  expect(JSON.parse(stdout)).toMatchObject([{ rows: spans.length, disk: null, parts: null }])
  expect(stderr).toMatch(
    /on disk is not known here: .*the grant READ ON REMOTE.*\n +→ ask a server/,
  )
  expect(exit).toBe(0)
})

it('doctor reports a local table without system.parts and system.clusters', async () => {
  const storage = await ask(['storage', '--json'], 'otel_traces')
  const [row] = JSON.parse(storage.stdout)
  expect(row.rows).toBe(spans.length)
  expect(row.disk).toBeGreaterThan(spans.length)
  expect((await ask(['doctor', ...WINDOW], 'otel_traces')).exit).toBe(0)
})

it('spans are found without reading the indexes, and doctor names the missing grant', async () => {
  const asked = await ask(['services', ...WINDOW, '-o', 'csv'], 'otel_traces')
  expect(asked).toMatchObject({ exit: 0, stdout: expect.stringContaining('shop') })
  const { stdout } = await ask(['doctor', '--json', ...WINDOW], 'otel_traces')
  const findings = JSON.parse(stdout) as { about: string; found: string; advice: string }[]
  expect(findings.find(({ about }) => about === 'indexes')).toMatchObject({
    found: 'unknown: this user may not read system.data_skipping_indices',
    advice: expect.stringMatching(/^GRANT SELECT ON system\.data_skipping_indices TO /),
  })
})
