/** Merging traces by their paths of callers. */
import { Chalk } from 'chalk'
import { expect, test } from 'vitest'
import { row, traces } from '../../../test/golden/trace/traces.ts'
import { tracePage } from '../export/html.ts'
import { buildTrace } from '../model/build.ts'
import { serviceHues } from '../waterfall/theme.ts'
import { foldedStacks, inOrder, mergeTraces } from './flame.ts'
import { flamePage } from './html.ts'
import { flameView } from './view.ts'

const SHAPES = [
  'purchase',
  'error',
  'n-plus-one',
  'two-services',
  'asynchronous',
  'cycle',
  'missing-parents',
]

function merged(names: string[] = SHAPES) {
  const merging = mergeTraces()
  const built = names.map((name) => buildTrace(traces[name]!()))
  for (const trace of built) merging.add(trace)
  return { flame: merging.flame(), built }
}

test('all self time of all spans is in it, once', () => {
  const { flame, built } = merged()
  const spans = built.flatMap((trace) => trace.spans)
  const sum = spans.reduce((total, { self }) => total + self, 0)
  expect(flame.spans).toBe(spans.length)
  expect(flame.root.total).toBe(sum)
  expect(inOrder(flame.root).reduce((total, { self }) => total + self, 0)).toBe(sum)
})

test('the same calls by the same path are one, by another path another', () => {
  const { flame } = merged(['purchase', 'purchase', 'two-services'])
  const [top, other] = flame.root.children
  expect([top?.name, top?.calls]).toEqual(['POST /product/{id}', 2])
  expect([other?.name, other?.service, other?.calls]).toEqual(['POST', 'traffic', 1])
  expect(other?.children.map(({ name }) => name)).toEqual(['POST /product/{id}'])
})

test('begins at the topmost of the given spans', () => {
  const trace = buildTrace(traces.purchase!())
  const ids = trace.spans.filter(({ row }) => /^(service|repository)_/.test(row.name))
  const merging = mergeTraces()
  merging.add(trace, new Set(ids.map(({ row }) => row.span_id)))
  const { root, spans } = merging.flame()
  expect(root.children.map(({ name }) => name)).toEqual([
    'service_buy_product',
    'service_verify_user_password',
  ])
  expect(spans).toBe(13)
})

test('a sampled span counts by its weight', () => {
  const merging = mergeTraces()
  merging.add(buildTrace([row('a', '', 'a', { at: 0, took: 10, weight: 4, is_error: true })]))
  const [frame] = merging.flame().root.children
  expect(frame).toMatchObject({ calls: 4, errors: 4, self: 40, total: 40 })
})

test('folded stacks are a line for each path with time of its own', () => {
  const merging = mergeTraces()
  merging.add(
    buildTrace([
      row('a', '', 'a; b', { at: 0, took: 10_000 }),
      row('b', 'a', 'leaf', { at: 1_000, took: 4_000 }),
      row('c', 'a', 'quick', { at: 6_000, took: 100 }),
    ]),
  )
  expect([...foldedStacks(merging.flame())]).toEqual(['shop a, b 6', 'shop a, b;shop leaf 4'])
})

test('folded stacks name spans without a service', () => {
  const merging = mergeTraces()
  merging.add(buildTrace([row('a', '', 'a', { at: 0, took: 10_000, service: '' })]))
  expect([...foldedStacks(merging.flame())]).toEqual(['(absent) a 10'])
})

test('folded stacks command no terminal', () => {
  const merging = mergeTraces()
  merging.add(buildTrace([row('a', '', 'a\u001b[31m\nb', { at: 0, took: 10_000 })]))
  expect([...foldedStacks(merging.flame())]).toEqual(['shop a\\x1b[31m b 10'])
})

test.each([80, 160])('at %i columns', async (width) => {
  const screen = { width, colour: new Chalk({ level: 0 }), timeZone: 'UTC' }
  const lines = [...flameView(merged().flame, screen, 40)]
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(
    `../../../test/golden/trace/flame.${width}.txt`,
  )
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
})

test('a service has one colour, on the page of a trace and on that of many', () => {
  const rows = [
    row('a', '', 'buy', { at: 0, took: 10_000, service: 'shop-traffic' }),
    row('b', 'a', 'sell', { at: 1_000, took: 4_000, service: 'shop' }),
  ]
  const trace = buildTrace(rows)
  const merging = mergeTraces()
  merging.add(trace)
  const template = '{{data}}'
  const [one, many] = [
    tracePage(trace, [], template, 'UTC'),
    flamePage(merging.flame(), template, ''),
  ].map((page) => {
    const { services } = JSON.parse([...page].join(''))
    return new Map(services.map(({ name, hue }: { name: string; hue: number }) => [name, hue]))
  })
  expect(one).toEqual(many)
  const hue = serviceHues(['shop', 'shop-traffic'])
  expect(one).toEqual(new Map(['shop', 'shop-traffic'].map((name) => [name, hue(name)])))
  expect(hue('shop')).not.toBe(hue('shop-traffic'))
})
