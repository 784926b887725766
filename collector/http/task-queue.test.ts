/** The queue of requests and statements. */
import { expect, test } from 'vitest'
import { Turns, type Wait } from './task-queue.ts'

const wait: Wait = { most: 60_000, tooLong: () => new Error('too long') }

/** Tasks that note their names as they begin, and end when they are told. */
function tasks() {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const task = (name: string) => () => {
    begun.push(name)
    return new Promise<string>((end) => ends.set(name, () => end(name)))
  }
  return { begun, task, end: (name: string) => ends.get(name)!() }
}

test('tasks begin in the order in which they came', async () => {
  const turns = new Turns(2)
  const { begun, task, end } = tasks()
  const all = ['a', 'b', 'c', 'd', 'e'].map((name) => ({
    name,
    done: turns.take(task(name), wait),
  }))
  expect(begun).toEqual(['a', 'b'])
  for (const [i, { name, done }] of all.entries()) {
    end(name)
    expect(await done).toBe(name)
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e'].slice(0, i + 3))
  }
})

test('a task that waits too long, or is cancelled, leaves the queue', async () => {
  const turns = new Turns(1)
  const { begun, task, end } = tasks()
  const first = turns.take(task('first'), wait)
  await expect(turns.take(task('late'), { ...wait, most: 0 })).rejects.toThrow('too long')
  const controller = new AbortController()
  const cancelled = () => new Error('cancelled')
  const patient = { ...wait, signal: controller.signal, cancelled }
  const stopped = turns.take(task('stopped'), patient)
  const last = turns.take(task('last'), patient)
  controller.abort()
  await expect(stopped).rejects.toThrow('cancelled')
  await expect(last).rejects.toThrow('cancelled')
  await expect(turns.take(task('never'), patient)).rejects.toThrow('cancelled')
  const next = turns.take(task('next'), wait)
  end('first')
  await first
  end('next')
  expect(await next).toBe('next')
  expect(begun).toEqual(['first', 'next'])
})

test('a failed task frees its place', async () => {
  const turns = new Turns(1)
  const failed = turns.take(() => Promise.reject(new Error('broken')), wait)
  const after = turns.take(() => Promise.resolve('fine'), wait)
  await expect(failed).rejects.toThrow('broken')
  expect(await after).toBe('fine')
})
