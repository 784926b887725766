/** The tree and the diagrams of services that call each other. */
import { expect, it } from 'vitest'
import type { Row } from '../../result.ts'
import { DIAGRAMS } from './diagram.ts'
import { callTree, readCalls } from './tree.ts'

const call = (from: string, to: string, more: Row = {}): Row => ({
  ...{ from, to, from_type: from === '' ? '' : 'service', to_type: 'service', calls: 1, rps: 1 },
  ...{ error_share: 0, p95_caller: null, p95_called: 1e6, ...more },
})
const tree = (...rows: Row[]) => callTree(readCalls(rows)).rows.map((row) => row.call)

it('draws a service once, and refers to it above', () => {
  expect(
    tree(call('', 'a'), call('a', 'b'), call('a', 'c'), call('b', 'c'), call('c', 'd')),
  ).toEqual(['a', '├─ b', '│  └─ c', '│     └─ d', '└─ c ↑'])
})

it('refers to nothing above where a service calls no other', () => {
  expect(tree(call('', 'a'), call('a', 'b'), call('a', 'c'), call('b', 'c'))).toEqual([
    ...['a', '├─ b', '│  └─ c', '└─ c'],
  ])
})

it('draws circles, and services that call themselves', () => {
  expect(tree(call('a', 'b'), call('b', 'a'), call('c', 'c'))).toEqual([
    'c',
    '└─ c ↑',
    'a',
    '└─ b',
    '   └─ a ↑',
  ])
})

it('escapes names in diagrams', () => {
  const calls = readCalls([call('a"]', '\\"<b>|\x1b')])
  const [mermaid, dot] = Object.values(DIAGRAMS).map((write) => [...write(calls)].join('\n'))
  expect(mermaid).toContain('n0["a#34;#93;"]')
  expect(mermaid).toContain('n1["#92;#34;#60;b#62;#124;#92;x1b"]')
  expect(dot).toContain('label="\\\\\\"<b>|\\\\x1b"')
})

it('marks the p95 of few calls, in the tree by its samples', () => {
  const calls = readCalls([call('a', 'b', { samples: 3 }), call('b', 'c', { samples: 40 })])
  const [mermaid] = Object.values(DIAGRAMS).map((write) => [...write(calls)].join('\n'))
  expect(mermaid).toContain('p95 #40;3#41; 1.00 ms')
  expect(mermaid).toContain('p95 1.00 ms')
  expect(callTree(calls).rows.map(({ samples }) => samples)).toEqual([null, 3, 40])
})

it('labels a call in diagrams with the p95 of its caller, else with that of the called', () => {
  const of = (p95_caller: number | null, p95_called: number | null) =>
    readCalls([{ p95_caller, p95_called }])[0]!.p95
  expect([of(3, 2), of(null, 2), of(null, null)]).toEqual([3, 2, null])
})
