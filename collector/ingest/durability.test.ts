/** Killed collectors: every acknowledged request is stored exactly once. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { removeFolder } from '../../test/folder.ts'
import { scan } from '../otlp/scan.ts'
import { readSpoolFile } from './spool-file.ts'
import {
  Acknowledged,
  type CollectorProcess,
  expectStored,
  sendUntil,
  startProcess,
} from './testing.ts'

const ROUNDS = process.env.OTRACE_LONG ? 140 : 3

const folder = mkdtempSync(join(tmpdir(), 'otrace-durability-'))
afterAll(() => removeFolder(folder))

/** What happens at the end of a round. */
const MOMENTS = ['kill', 'stop under a query', 'kill and damage'] as const

test(
  `every acknowledged row is there exactly once after ${ROUNDS} ends: ${MOMENTS.join(', ')}`,
  async () => {
    const dataDir = mkdtempSync(join(folder, 'data-'))
    const acknowledged = new Acknowledged()
    const damaged = new Set<number>()
    for (let round = 0; round < ROUNDS; round++) {
      const moment = MOMENTS[round % MOMENTS.length]!
      const collector = await startProcess(dataDir)
      if (moment === 'stop under a query') askForever(collector)
      // Senders take all cores for as long.
      const endAt = Date.now() + 100 + Math.random() * (process.env.OTRACE_LONG ? 1500 : 600)
      await sendUntil(collector, acknowledged, endAt, () =>
        collector.child.kill(moment === 'stop under a query' ? 'SIGTERM' : 'SIGKILL'),
      )
      if (moment === 'stop under a query') {
        // A very busy machine may take too long to cancel it. Before Node 22.15 the process then ends by a signal.
        const { exitCode, signalCode } = collector.child
        expect([0, 'SIGTERM']).toContain(exitCode ?? signalCode)
      }
      if (moment === 'kill and damage') for (const number of damage(dataDir)) damaged.add(number)
    }
    expect(acknowledged.traces.size).toBeGreaterThanOrEqual(ROUNDS)
    expect(Math.min(acknowledged.logs.size, acknowledged.metrics.size)).toBeGreaterThan(0)
    await expectStored(dataDir, acknowledged, damaged)
  },
  ROUNDS * 120_000,
)

/** A query of several minutes whose client has disconnected. */
function askForever({ clickhouse }: CollectorProcess): void {
  const query = 'SELECT count() FROM numbers(1e12) WHERE cityHash64(number) = 7'
  fetch(clickhouse, { method: 'POST', body: query }).catch(() => undefined)
}

/** Flips a bit in a request of the newest spool file of traces. @returns the number of that request */
function damage(dataDir: string): number[] {
  const spool = join(dataDir, 'spool', 'traces')
  const name = readdirSync(spool)
    .filter((found) => found.endsWith('.spool'))
    .sort()
    .at(-1)
  if (name === undefined) return []
  const path = join(spool, name)
  const bytes = readFileSync(path)
  const { records } = readSpoolFile(bytes, Number.parseInt(name, 10))
  const body = records[Math.floor(Math.random() * records.length)]?.body
  if (!body) return []
  expect(scan('traces', body).rows).toBeGreaterThan(0)
  const traceId = body.subarray(body.indexOf(Buffer.from([0x0a, 0x10])) + 2)
  const number = Number(traceId.subarray(0, 4).toString('hex'))
  body[Math.floor(Math.random() * body.length)]! ^= 1
  writeFileSync(path, bytes)
  return [number]
}
