/** `otrace flame` end to end: OTLP in, its output out. */
import { beforeAll, expect, test } from 'vitest'
import { row } from './golden/trace/traces.ts'
import { runHere } from './otrace.ts'
import { storedTraces, traceRows } from './stored-traces.ts'

const SINCE = ['--from', '2026-11-22T15:00:00Z', '--to', '2026-11-22T16:00:00Z']
const { env, sendRows } = storedTraces()

beforeAll(() => sendRows(traceRows('purchase', 'aaaaaaaa000000000000000000000001')))

test('flame merges the matching spans', async () => {
  const only = ['--name', 'service_buy_product', '--service', 'shop', ...SINCE]
  const { stdout, exit } = await runHere(['flame', ...only, '--json'], { env })
  expect(exit).toBe(0)
  const [top, ...rest] = JSON.parse(stdout)
  expect(top).toMatchObject({ path: ['service_buy_product'], depth: 1, calls: expect.any(Number) })
  const all = [top, ...rest].reduce((sum, { self }) => sum + self, 0)
  expect(top.total).toBe(all)
  for (const how of ['ndjson', 'tsv', 'folded']) {
    const limits = ['-o', how, '--limit', '2', '--no-header']
    const run = await runHere(
      ['flame', ...only, ...(how === 'tsv' ? limits : limits.slice(0, 4))],
      { env },
    )
    expect(run.stdout.trim().split('\n')).toHaveLength(2)
    expect(run.stderr).toBe('only the first 2 paths are shown: there are more, see --limit\n')
  }
  const folded = await runHere(['flame', ...only, '-o', 'folded'], { env })
  expect(folded.stdout).toMatch(/^shop service_buy_product \d+\nshop service_buy_product;shop \w+/)
})

test('flame starts at the root, even long before the window', async () => {
  const minute = 60e9
  const rows = [
    row('root', '', 'two-hour job', { at: 0, took: 120 * minute }),
    row('step', 'root', 'late step', { at: 80 * minute, took: minute }),
  ]
  await sendRows(rows.map((one) => ({ ...one, trace_id: 'f1a3'.repeat(8) })))
  const window = ['--from', '2026-11-22T16:49:00Z', '--to', '2026-11-22T16:52:00Z']
  const { stdout } = await runHere(['flame', ...window, '--json'], { env })
  expect(JSON.parse(stdout).map(({ path }: { path: string[] }) => path)).toEqual([
    ['two-hour job'],
    ['two-hour job', 'late step'],
  ])
})

test('flame reads a trace to its end, long after the window', async () => {
  const minute = 60e9
  const rows = [
    row('root', '', 'four-hour job', { at: 0, took: 240 * minute }),
    row('step', 'root', 'last step', { at: 200 * minute, took: 30 * minute }),
  ]
  await sendRows(rows.map((one) => ({ ...one, trace_id: 'f1a4'.repeat(8) })))
  const { stdout } = await runHere(['flame', '--name', 'four-hour job', ...SINCE, '--json'], {
    env,
  })
  expect(
    JSON.parse(stdout).map(({ path, self }: { path: string[]; self: number }) => [...path, self]),
  ).toEqual([
    ['four-hour job', 210 * minute],
    ['four-hour job', 'last step', 30 * minute],
  ])
})
