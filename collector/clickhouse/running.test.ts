/** Statements that never end, in a process of their own, which nothing else can end. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { bundled } from '../../test/bundled.ts'
import { killed } from '../../test/killed.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-running-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The engine heeds no limit in it, and no cancellation, and takes hours. */
const DEAF = 'SELECT hasAny(range(2000000), range(3000000, 5000000))'
const SCRIPT = `
  import { openEngine } from './collector/engine/engine.ts'
  import { Running } from './collector/clickhouse/running.ts'
  const running = new Running(await openEngine(process.argv[2]), 0)
  const ask = (id, seconds, isLarge, text = '${DEAF}') => {
    const statement = running.add(id, text + ' AS a' + id, new AbortController())
    const job = { setup: [], text, format: 'TSV' }
    return running.run(statement, job, seconds, () => {}, isLarge).then(() => 'answered', (error) => error.message)
  }
  const inTurn = await Promise.all(['v', 'w', 'x', 'y', 'z'].map((id) => ask(id, 8, true, 'SELECT sleep(2.5)')))
  const gaveUp = []
  for (const id of ['1', '2', '3', '4']) gaveUp.push(await ask(id, 0.001, id === '1'))
  const large = await ask('0', 0.001, true)
  void ask('5', 0.001)
  void ask('6', 0.001)
  const refused = [await ask('7', 1000), await ask('8', 1000)]
  const overdue = running.overdue().map(({ id }) => id)
  process.stdout.write(JSON.stringify({ inTurn, gaveUp, large, refused, overdue }), () => process.kill(process.pid, 'SIGKILL'))`

test('statements that ignore their limits fill the slots, and the waiting ones are refused', async () => {
  const child = spawn(process.execPath, [bundled(SCRIPT), join(folder, 'store')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // Its statements take all processors for hours.
  onTestFinished(() => killed(child))
  const [answer, said] = await Promise.all([text(child.stdout), text(child.stderr)])
  const noRoom = '6 statements ignore their limits and leave no room for others: restart otrace up'
  expect(said).toBe(
    `otrace: a statement ignores its limits; the last, 1: ${DEAF} AS a1\notrace: ${noRoom}\n`,
  )
  expect(JSON.parse(answer)).toEqual({
    // The last waits for longer than each may take.
    inTurn: Array(5).fill('answered'),
    // The first still has its memory.
    large: 'Too many simultaneous queries. Maximum: 1',
    // Four give their slots away. Two more hold them, and their clients wait.
    gaveUp: Array(4).fill('Timeout exceeded: the statement does not stop after 0.001 s'),
    refused: [noRoom, noRoom],
    overdue: ['1', '2', '3', '4', '5', '6'],
  })
})
