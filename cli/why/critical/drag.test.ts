/** Drag of spans one after another, beside each other, and below each other. */
import { expect, test } from 'vitest'
import { makeTraces, OPERATIONS, randomFrom } from '../fixture.ts'
import { buildTree, MESSAGE } from '../tree.ts'
import { addDrags } from './drag.ts'

/** Drags by span, of spans `[id, parent, start, duration]`; from 100 on ids are of messages. */
function drags(spans: [number, number, number, number][]) {
  const column = (at: number) => spans.map((span) => span[at]!)
  const row = {
    ...{ id: 't', after: true, ids: column(0), parents: column(1), starts: column(2) },
    ...{
      durations: column(3),
      operations: spans.map(() => 0),
      flags: spans.map(([id]) => (id < 100 ? 0 : MESSAGE)),
      lines: [],
    },
  }
  const found: Record<number, number> = {}
  addDrags(buildTree(row, OPERATIONS), ({ id }, drag) => {
    found[id] = drag
  })
  return found
}

test.each<[string, [number, number, number, number][], Record<number, number>]>([
  [
    'one after another',
    [
      [1, 0, 0, 100],
      [2, 1, 10, 40],
      [3, 1, 50, 50],
    ],
    { 1: 10, 2: 40, 3: 50 },
  ],
  [
    'beside each other',
    [
      [1, 0, 0, 100],
      [2, 1, 0, 90],
      [3, 1, 0, 100],
    ],
    { 3: 10 },
  ],
  [
    'below one beside another',
    [
      [1, 0, 0, 100],
      [2, 1, 0, 70],
      [3, 1, 0, 100],
      [4, 3, 0, 95],
    ],
    { 3: 5, 4: 30 },
  ],
  [
    'outliving children',
    [
      [1, 0, 0, 100],
      [2, 1, 50, 500],
    ],
    { 1: 50, 2: 50 },
  ],
  [
    'beside a message that nothing waits for',
    [
      [1, 0, 0, 100],
      [2, 1, 10, 80],
      [100, 1, 0, 500],
    ],
    { 1: 20, 2: 80 },
  ],
])('%s', (_, spans, expected) => expect(drags(spans)).toEqual(expected))

test('no drag is longer than the own time, and without siblings at once all are as long', () => {
  for (const row of makeTraces(50, true, randomFrom(4), { selects: 3 })) {
    const nodes = buildTree(row, OPERATIONS)
    let sum = 0
    addDrags(nodes, (node, drag) => {
      expect(drag).toBe(node.path)
      sum += drag
    })
    expect(sum).toBe(nodes[0]!.duration)
  }
})
