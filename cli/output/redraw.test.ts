/** Frames: which lines are those of a chart, and what is said while they take long. */
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { chartLines, type Repetition, repeat, restOf } from './redraw.ts'

it('finds the lines of charts, alone and beside a table, and no others', () => {
  const chart = [
    'Requests per second',
    '\x1b[2m 5 req/s ┤\x1b[22m  ╭───╮    │ 1',
    '         │──╯   ╰──  │ 2',
    '         └──┬──────────  3',
    '          10:30          4',
    '── 200  last 17 req/s',
  ]
  expect([...chartLines(chart)].sort()).toEqual([1, 2, 3, 4])
  expect(chartLines(['1.00 ms │██▋  280', '1.58 ms │█    53', '└─ a span'])).toEqual(new Set())
})

/** What is on the screen before and after the end of a frame with a note. */
async function framed(isTTY: boolean, ms: number, columns = 80) {
  const stdout = Object.assign(new PassThrough(), { isTTY, columns, rows: 10 })
  let before = ''
  const run: Repetition['run'] = async (_, stderr) => {
    stderr.write('another command of this user has the store\n')
    await sleep(ms)
    before = String(stdout.read() ?? '')
    return { stdout: 'the answer\n', exit: 0 }
  }
  const repetition = { title: 'otrace rps', every: 1, count: 1, run, clock: () => '16:00:00' }
  const around = { env: {}, stdin: new PassThrough(), stdout, stderr: stdout }
  await repeat(repetition, around, new AbortController().signal)
  return [before, String(stdout.read())]
}

it('says what it waits for, and notes, if an output is slow', async () => {
  const [[waiting, drawn], [noted, plain]] = await Promise.all([
    framed(true, 1200),
    framed(false, 1200),
  ])
  expect(waiting).toMatch(
    /otrace rps · waiting for the first output[\s\S]*another command of this user has the store/,
  )
  expect(drawn).toContain('the answer')
  expect([noted, plain]).toEqual(['another command of this user has the store\n', 'the answer\n'])
})

it('prints notes below an output that is not slow', async () => {
  expect(await framed(false, 1)).toEqual([
    '',
    'the answer\nanother command of this user has the store\n',
  ])
})

it('wraps notes that are longer than a line of the screen', async () => {
  const [before, drawn] = await framed(true, 1, 34)
  expect(before + drawn!).toMatch(/another command of this user has\x1b[\s\S]* the store\x1b/)
})

it('cuts the last output at once where the screen became narrow', async () => {
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 10 })
  const signal = new AbortController()
  let frames = 0
  const run: Repetition['run'] = async () => {
    if (++frames === 1) return { stdout: `\x1b[1m${'x'.repeat(60)}\x1b[22m\n`, exit: 0 }
    await sleep(300)
    signal.abort()
    return { stdout: '', exit: 0 }
  }
  const repetition = { title: 'otrace rps', every: 60_000, run, clock: () => '16:00:00' }
  const around = { env: {}, stdin: new PassThrough(), stdout, stderr: stdout }
  const ended = repeat(repetition, around, signal.signal)
  await sleep(20)
  expect(String(stdout.read())).toMatch(/x{60}(?!.*…)/)
  stdout.columns = 40
  stdout.emit('resize')
  await sleep(150)
  expect(String(stdout.read())).toMatch(/x{60}\x1b\[22m\x1b\[0m\x1b\[40G…/)
  await ended
})

it.each([
  [79, '… 5 more above, 94 more lines below · j, k and space scroll, q ends'],
  [50, '… 5 more above, 94 more lines below · q ends'],
  [39, '… 5 more above, 94 more lines below'],
  [30, '… 5 more above, 94 more lines…'],
])('says in %d columns what is not shown', (width, text) => {
  expect(restOf(104, 5, 5, true, width)).toBe(text)
})
