/** Statements that never end, in an engine whose threads never answer. */
import { expect, test, vi } from 'vitest'
import { Running } from './running.ts'

const JOB = { setup: [], text: 'SELECT 1', format: 'TSV' }

test('statements that ignore their limits fill the slots, and the waiting ones are refused', async () => {
  const said: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0)
  const run = () => new Promise<never>(() => {})
  const running = new Running({ run: async () => undefined as never, threads: { run } as never }, 0)
  const ask = (id: string, seconds: number) => {
    const statement = running.add(id, `SELECT ${id}`, new AbortController())
    return running.run(statement, JOB, seconds, () => undefined)
  }
  // Four give their slots away. Two more hold them, and their clients wait.
  for (const id of ['1', '2', '3', '4'])
    await expect(ask(id, 0.001)).rejects.toThrow('the statement does not stop after 0.001 s')
  void ask('5', 0.001)
  void ask('6', 0.001)
  const waiting = ask('7', 1000)
  const noRoom = '6 statements ignore their limits and leave no room for others: restart otrace up'
  await expect(waiting).rejects.toThrow(noRoom)
  await expect(ask('8', 1000)).rejects.toThrow(noRoom)
  expect(running.overdue().map(({ id }) => id)).toEqual(['1', '2', '3', '4', '5', '6'])
  expect(said.join('')).toBe(
    `otrace: a statement ignores its limits; the last, 1: SELECT 1\notrace: ${noRoom}\n`,
  )
})
