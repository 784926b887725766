/** The lines on what changed. */
import { expect, it } from 'vitest'
import type { WhyFinding } from '../finding.ts'
import { changedLines, measured } from './changes.ts'
import { evidence, hint } from './evidence.ts'
import { sentence } from './sentences.ts'

it('an empty baseline has no durations and no share of failures', () => {
  const measured = { value: 13_200_000, low: 12_000_000, high: 14_000_000 }
  const lines = changedLines(
    {
      requests: [0, 50],
      errors: [0, 1],
      failuresFrom: 'status',
      errorDifference: [-0.1, 0.2],
      quantiles: [{ level: 0.5, before: { value: 0 }, after: measured }],
      mean: [0, 13_200_000],
      meanDifference: [0, 0],
      certain: true,
      worse: true,
      newTypes: [],
      goneTypes: [],
    },
    ['1h', '1h'],
  )
  expect(lines).toEqual([
    'requests  0 in 1h → 50 in 1h',
    'failing   – → 2.0%',
    'p50       – → 13.2 ms (12.0 ms to 14.0 ms)',
  ])
})

it.each([
  [{ value: 5e6, low: 5e6 }, 1, '5.00 ms (too few for limits)'],
  [{ value: 5e6, low: 4e6 }, 20, '5.00 ms (4.00 ms to …)'],
  [{ value: 5e6, low: 5e6, high: 6e6 }, 50, '5.00 ms (5.00 ms to 6.00 ms)'],
])('the limits of %j of %i requests', (quantile, requests, words) => {
  expect(measured(quantile, requests)).toBe(words)
})

const slower: WhyFinding = {
  ...{ kind: 'slower', service: 'shop', name: 'list', before: 2e6, after: 4e6, unit: 'ns' },
  ...{ interval: [1e6, 3e6], count: 9, spans: [50, 50], traces: [], score: 1, certain: true },
}

const QUEUED = { kind: 'waiting between', detail: 'queued', service: 'shop', peer: 'shop' } as const

it.each<[string, Partial<WhyFinding>, string[]]>([
  ['a duration', {}, ['2.0 ×', 'difference 1.00 ms to 3.00 ms']],
  [
    'a duration of one type',
    { alone: { type: 'GET /b', before: 2e6, after: 5e6 } },
    ['2.0 ×', 'only under GET /b: 2.00 ms → 5.00 ms', 'difference 1.00 ms to 3.00 ms'],
  ],
  ['from almost nothing', { before: 1e-3 }, ['difference 1.00 ms to 3.00 ms']],
  [
    'a share',
    {
      kind: 'errors begin here',
      before: 0.1,
      after: 0.5,
      unit: 'percentunit',
      interval: [0.3, 0.46],
    },
    ['difference 30.0 to 46.0 points'],
  ],
  [
    'calls',
    { kind: 'more calls', before: 1, after: 1.6, unit: 'short', interval: [0.5, 0.75] },
    ['difference 0.500 to 0.750 calls'],
  ],
])('the difference of %s', (_, change, phrases) => {
  expect(evidence({ ...slower, ...change })).toEqual([...phrases, '50 spans before, 50 after'])
})

it('shows no limits without 0 where chance is counted over more than one comparison', () => {
  const spans = '50 spans before, 50 after'
  expect(evidence({ ...slower, certain: false })).toEqual([
    ...['2.0 ×', spans, 'may be chance among so many comparisons'],
  ])
  expect(evidence({ ...slower, certain: false, interval: [-1e6, 3e6] })).toEqual([
    ...['2.0 ×', 'difference -1.00 ms to 3.00 ms', spans, 'may be chance'],
  ])
})

it('says of what only lost spans make uncertain that it may come from them', () => {
  const lost = { ...slower, certain: false, orLost: true }
  expect(evidence({ ...lost, unit: 'short', interval: [1, 3] })).toEqual([
    ...['difference 1 to 3 calls', '50 spans before, 50 after'],
    'may come from spans that are lost',
  ])
})

it.each([
  [undefined, 'consumers that are too few, too slow, or stopped'],
  ['k8s.pod.name=mail-1', 'its clock first, then what that host does'],
  ['service.version=2', ''],
])('says what to look at where messages of %s wait', (attribute, said) => {
  expect(hint({ ...slower, ...QUEUED, ...(attribute && { attribute }) })).toBe(said)
})

it('cuts long names', () => {
  const said = sentence({ ...slower, name: 'n'.repeat(300) })
  expect(said).toMatch(/^n+…n+ in shop takes 4.00 ms by itself/)
  expect(said.length).toBeLessThan(150)
})

it.each<[Partial<WhyFinding>, string]>([
  [{}, 'list in (absent) takes 4.00 ms by itself instead of 2.00 ms'],
  [
    { peer: 'pay', detail: 'charge' },
    'by itself instead of 2.00 ms, but only where charge of pay fails: it may pause and try again',
  ],
  [{ kind: 'more calls', detail: 'load', peer: '' }, 'load calls list 4,000,000 times'],
  [
    { kind: 'newly called', service: 'shop', detail: 'pay', peer: '' },
    'list in shop now calls pay of (absent)',
  ],
  [
    { kind: 'waiting between', service: 'shop', detail: 'calling', peer: '' },
    'shop waits 4.00 ms longer for (absent) than (absent) works',
  ],
  [
    { kind: 'waiting between', detail: 'calling', peer: 'pay', withOwn: true },
    '(absent) takes 4.00 ms by itself or waiting for pay, beyond the time that pay works, instead of 2.00 ms',
  ],
  [
    { kind: 'waiting between', detail: 'called', peer: 'a', others: ['a', 'b'], withOwn: true },
    'a and b take 4.00 ms by themselves or waiting for (absent), beyond the time that (absent) works',
  ],
  [
    { kind: 'waiting between', detail: 'queued', peer: '' },
    'messages from (absent) wait 4.00 ms before (absent) takes them, instead of 2.00 ms',
  ],
  [
    { ...QUEUED, attribute: 'service.instance.id=9' },
    'seem to wait 4.00 ms before shop takes them, instead of 2.00 ms, but only those that service.instance.id=9 takes: its clock is off, or it is slow to take them',
  ],
  [
    { ...QUEUED, attribute: 'service.version=2', isSender: true },
    'shop wait 4.00 ms before shop takes them, instead of 2.00 ms, but only where those that send them have service.version=2',
  ],
])('names spans without a service: %j', (change, said) => {
  expect(sentence({ ...slower, service: '', ...change })).toContain(said)
})

it.each<[string, Partial<WhyFinding>]>([
  ['callers', { kind: 'waiting between', detail: 'called' }],
  ['callees', { kind: 'waiting between', detail: 'calling' }],
  ['callers in vain', { kind: 'unreachable' }],
  ['twins', { kind: 'only some', attribute: 'region=eu' }],
])('cuts long names of others: %s', (_, change) => {
  const said = sentence({ ...slower, ...change, others: ['n'.repeat(300)] })
  expect(said).toContain('nn…nn')
  expect(said.length).toBeLessThan(250)
})
