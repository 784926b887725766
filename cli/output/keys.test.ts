/** Keys of a terminal, and scrolling by them. */
import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { type Action, followKeys, scrolled } from './keys.ts'

test.each<[number, Action, number]>([
  [0, 'down', 1],
  [0, 'up', 0],
  [0, 'page-down', 9],
  [12, 'page-up', 3],
  [3, 'page-up', 0],
  [40, 'down', 41],
  [90, 'down', 90],
  [85, 'page-down', 90],
  [3, 'bottom', 90],
  [3, 'top', 0],
  [3, 'quit', 3],
])('from line %d, %s leads to %d', (first, action, wanted) => {
  expect(scrolled(first, action, 100, 10)).toBe(wanted)
})

test('what fits does not scroll', () => {
  expect(scrolled(0, 'down', 5, 5)).toBe(0)
})

test.each<[string, Action[]]>([
  ['jk q', ['down', 'up', 'page-down', 'quit']],
  ['\x1b[A\x1b[B\x1bOB', ['up', 'down', 'down']],
  ['\x1b[5~\x1b[6~', ['page-up', 'page-down']],
  ['gG\x1b[H\x1b[F', ['top', 'bottom', 'top', 'bottom']],
  ['x\x1b[99~', []],
])('%j is %j', (typed, actions) => {
  const modes: boolean[] = []
  const stdin = Object.assign(new EventEmitter(), {
    isTTY: true,
    setRawMode: (raw: boolean) => modes.push(raw),
    resume: () => {},
    pause: () => {},
  })
  const seen: Action[] = []
  const close = followKeys(stdin as never, (action) => seen.push(action))
  stdin.emit('data', typed)
  close()
  expect(seen).toEqual(actions)
  expect(modes).toEqual([true, false])
})
