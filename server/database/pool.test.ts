/** A pool that serves waiting callers in order. */
import { expect, test } from 'vitest'
import { createPool } from './pool.ts'

test('a member has one borrower at a time, and waiting callers are served in order', async () => {
  const pool = createPool(['a', 'b'])
  const lent = await Promise.all([pool.take(), pool.take()])
  expect(lent.sort()).toEqual(['a', 'b'])

  const served: string[] = []
  const third = pool.take().then((member) => served.push(`third ${member}`))
  const fourth = pool.take().then((member) => served.push(`fourth ${member}`))
  pool.giveBack('b')
  pool.giveBack('a')
  await Promise.all([third, fourth])
  expect(served).toEqual(['third b', 'fourth a'])

  pool.giveBack('a')
  expect(await pool.take()).toBe('a')
})
