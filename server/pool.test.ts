import { expect, test } from 'vitest'
import { createPool } from './pool.ts'

test('lends each member to one at a time, and serves those who wait in their order', async () => {
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
