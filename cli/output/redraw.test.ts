/** Which lines of a frame are those of a chart. */
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { chartLines, repeat } from './redraw.ts'

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

it('says what it waits for, if the first output is slow', async () => {
  const stdin = new PassThrough()
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 10 })
  const run = async () => {
    await sleep(1200)
    return { stdout: 'the answer\n', stderr: '', exit: 0 }
  }
  const repetition = { title: 'otrace rps', every: 1, count: 1, run, clock: () => '16:00:00' }
  const around = { env: {}, stdin, stdout, stderr: stdout }
  await repeat(repetition, around, new AbortController().signal)
  expect(String(stdout.read())).toMatch(
    /otrace rps · waiting for the first output[\s\S]*the answer/,
  )
})
