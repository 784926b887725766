/** `otrace wait` and complete traces: many traces, and traces at the window's edges. */
import { expect, it } from 'vitest'
import { gateStore } from './gate-store.ts'
import { runHere } from './otrace.ts'

const { env, send, check } = gateStore()

it('counts every trace, and says how many it judged', async () => {
  await send(Array.from({ length: 1200 }, () => ({ name: 'buy', took: 5 })))
  const wait = (...args: string[]) => runHere(['wait', '--quiet', '100ms', ...args], { env })
  const capped = await wait()
  expect(capped.stderr).toMatch(
    /^settled after [\d.]+ s: 1,200 spans in 1,200 traces; completeness of 1,000 of 1,200 traces\n$/,
  )
  const json = JSON.parse((await wait('--json')).stdout)
  expect(json).toMatchObject({ spans: 1200, traces: 1200, judged: 1000 })
  const unknown = await wait('--name', 'by', '--timeout', '200ms')
  expect(unknown).toMatchObject({ exit: 5, stderr: expect.stringContaining('no data after') })
  expect(unknown.stderr).toContain(
    'no span in the window has the name by: did you mean --name buy?',
  )
  const short = await wait('--quiet', '5s', '--timeout', '200ms')
  expect(short.exit).toBe(5)
  expect(short.stderr).toContain('nothing settles before --quiet 5s has passed: raise --timeout')
})

it('traces at the edges of the window are judged whole', async () => {
  const [trace, id] = ['e'.repeat(32), 'e'.repeat(16)]
  const edge = { service: 'edge', took: 5 }
  const orphan = { ...edge, name: 'lost', parent: 'f'.repeat(16) }
  const judge = async (at = Date.now()) => {
    const now = { OTRACE_NOW: new Date(at).toISOString() }
    const args = ['--since', '5m', '--service', 'edge']
    const { rows, exit } = await check('checks: [complete_traces: true]', args, now)
    return { ...rows[0], exit }
  }
  await send([{ ...edge, name: 'root', trace, id }], { minutesAgo: 8 })
  await send([{ ...edge, name: 'child', trace, parent: id }])
  expect(await judge()).toMatchObject({ exit: 0, n: 1, summary: '1 trace, each complete' })

  const sent = Date.now()
  await send([orphan], { minutesAgo: 0, over: 1 })
  expect(await judge(sent + 5000)).toMatchObject({
    exit: 0,
    n: 1,
    notes: ['1 trace of the last 10 s left out: spans may still come'],
  })
  expect(await judge(sent + 30_000)).toMatchObject({ exit: 1, n: 2, value: '1' })

  const waited = [
    'wait',
    '--since',
    '5m',
    '--quiet',
    '100ms',
    '--timeout',
    '60s',
    '--name',
    'child',
  ]
  expect((await runHere(waited, { env })).exit).toBe(0)
})
