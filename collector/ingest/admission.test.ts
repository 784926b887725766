/** Admission of requests whose rows lie in many days. */
import { truncateSync } from 'node:fs'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/folder.ts'
import { admission } from './admission.ts'
import { Spool } from './spool.ts'

test('requests of many days wait for their turn, and those of few go on', async () => {
  const { path, remove } = temporaryFolder()
  const spool = new Spool(path, 'os', () => ({ rows: 1, flatBytes: 1 }))
  const gate = admission(path, { traces: spool } as never, Number.MAX_SAFE_INTEGER, 0)
  const admit = (from: number, count: number) =>
    gate.admit(
      'traces',
      1,
      Array.from({ length: count }, (_, i) => from + i),
    )
  const year = (number: number) => admit(number * 366, 366)
  const answers = await Promise.allSettled([0, 1, 2, 3, 4].map(year))
  expect(answers.map(({ status }) => status)).toEqual([
    ...['fulfilled', 'fulfilled'],
    ...['rejected', 'rejected', 'rejected'],
  ])
  await spool.append(
    Buffer.from('x'),
    1,
    1,
    Array.from({ length: 1000 }, (_, day) => day),
  )
  await expect(year(9)).rejects.toThrow('rows of too many days wait to be stored')
  await admit(5000, 1)
  const [file] = await spool.take()
  spool.remove([file!])
  await year(9)
  gate.close()
  remove()
})

test('an acknowledgement waits for the loader while many rows wait', async () => {
  const { path, remove } = temporaryFolder()
  const waiting = [400_001, 0]
  const spool = { waitingRows: 0, bytes: 0 }
  Object.defineProperty(spool, 'waitingRows', { get: () => waiting.shift() })
  const gate = admission(path, { traces: spool } as never, Number.MAX_SAFE_INTEGER, 0)
  await gate.admit('traces', 1)
  expect(waiting).toEqual([])
  gate.close()
  remove()
})

test('the spools of all signals have one limit', async () => {
  const { path, remove } = temporaryFolder()
  const holding = (bytes: number) => ({ waitingRows: 0, bytes })
  const spools = { traces: holding(10), logs: holding(80), metrics: holding(0) }
  const gate = admission(path, spools as never, 100, 0)
  await gate.admit('traces', 10)
  await expect(gate.admit('metrics', 11)).rejects.toThrow('the spool is full')
  expect(gate.refused).toBe(1)
  gate.close()
  remove()
})

test('days wait while their rows are written, and no longer than their file', async () => {
  const { path, remove } = temporaryFolder()
  const spool = new Spool(path, 'os', () => ({ rows: 1, flatBytes: 1 }))
  const first = spool.append(Buffer.from('a'), 1, 1, [1])
  const second = spool.append(Buffer.from('b'), 1, 1, [2, 3])
  await first
  expect(spool.daysWith([])).toBe(3)
  await second
  expect(spool.daysWith([3, 4])).toBe(4)
  const [file] = await spool.take()
  truncateSync(file!.path, 1)
  expect(spool.verify(file!)).toBeUndefined()
  expect(spool.quarantine.count).toBe(1)
  expect(spool.daysWith([])).toBe(0)
  remove()
})
