/** Golden outputs of traces of every shape (update: `npx vitest run -u`). */
import { Chalk } from 'chalk'
import { expect, test } from 'vitest'
import { textWidth } from '../../../cli/render/text.ts'
import { mergeTraces } from '../../../cli/trace/flame/flame.ts'
import { flameView } from '../../../cli/trace/flame/view.ts'
import { buildTrace } from '../../../cli/trace/model/build.ts'
import { criticalPathList } from '../../../cli/trace/waterfall/critical-path-list.ts'
import { header } from '../../../cli/trace/waterfall/header.ts'
import { type WaterfallOptions, waterfall } from '../../../cli/trace/waterfall/waterfall.ts'
import { logs, row, traces } from './traces.ts'

const OPTIONS: WaterfallOptions = { fold: true, attributes: false, stack: false }
const SOON = '2026-11-22T15:30:03.000000000Z'

function draw(
  name: string,
  width: number,
  options: Partial<WaterfallOptions> = {},
  level: 0 | 1 = 0,
) {
  const trace = buildTrace(traces[name]!(), name === 'unfinished' ? { now: SOON } : {})
  const screen = { width, colour: new Chalk({ level }), timeZone: 'Europe/Paris' }
  const lines = waterfall(
    trace,
    name === 'purchase' ? logs : [],
    { ...OPTIONS, ...options },
    screen,
  )
  return `${[...lines].join('\n')}\n`
}

/** The legend is in the picture of a purchase alone, so that a word of it changes one file. */
function withoutLegend(text: string): string {
  return text.replace(/\n█ critical path[\s\S]*$/, '')
}

/** At 160 columns, the shapes whose details stand beside names or that have many bars. */
const WIDE = ['purchase', 'error', 'large', 'linked', 'n-plus-one']

test.each([
  ...Object.keys(traces).map((name) => [name, 80] as const),
  ...WIDE.map((name) => [name, 160] as const),
])('%s at %i columns', async (name, width) => {
  const text = draw(name, width)
  const picture = name === 'purchase' ? text : withoutLegend(text)
  await expect(picture).toMatchFileSnapshot(`${name}.${width}.txt`)
  // A CJK letter takes two columns; nothing else here is wider than its length.
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width)
})

test.each([44, 60, 80, 160])(
  'durations of years stay apart from names and self times: %i',
  (width) => {
    const years = { at: 0, took: 18_464.46 * 86_400e9 }
    const rows = [row('root', '', 'archive', years), row('child', 'root', 'copy', years)]
    const screen = { width, colour: new Chalk({ level: 0 }), timeZone: 'UTC' }
    const lines = [...waterfall(buildTrace(rows), [], OPTIONS, screen)]
    expect(lines.some((line) => / 18464d 11h(?: {2,}18464d 11h)? █/.test(line))).toBe(true)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
  },
)

test.each(['purchase', 'error', 'two-services'])('%s in colour', async (name) => {
  const text = draw(name, 80, {}, 1).replaceAll('\u001b', '␛')
  await expect(text).toMatchFileSnapshot(`${name}.80.colour.txt`)
})

test.each([
  ['error', 'attributes', { attributes: true, stack: true }],
  ['n-plus-one', 'depth', { depth: 2 }],
  ['purchase', 'min-duration', { minDuration: 5e6 }],
  ['error', 'errors', { errors: true }],
  ['two-services', 'service', { services: ['traffic'] }],
  ['purchase', 'grep', { grep: /update users/i }],
] as const)('%s with --%s', async (name, flag, options) => {
  await expect(withoutLegend(draw(name, 80, options))).toMatchFileSnapshot(`${name}.80.${flag}.txt`)
})

/** Trees of every shape that may still be running. */
test.each(Object.keys(traces).filter((name) => name !== 'large'))(
  'the header says every finding of %s, indented where it needs more lines',
  (name) => {
    const trace = buildTrace(traces[name]!(), { now: SOON })
    const screen = { width: 80, colour: new Chalk({ level: 0 }), timeZone: 'UTC' }
    const lines = header(trace, screen)
    const first = lines.findIndex((line) => line.startsWith('! '))
    const said = first < 0 ? '' : lines.slice(first).join('\n').replaceAll('\n  ', ' ')
    expect(said).toBe(trace.findings.map(({ message }) => `! ${message}`).join('\n'))
  },
)

test('a root that names itself as its parent is not still running', () => {
  const { complete, findings } = buildTrace(traces['self-parent']!(), { now: SOON })
  expect(findings.map(({ kind }) => kind)).toEqual(['self_parent'])
  expect(complete).toBe(true)
})

test('skew with --skew fix', async () => {
  const trace = buildTrace(traces.skew!(), { fixSkew: true })
  const screen = { width: 80, colour: new Chalk({ level: 0 }), timeZone: 'UTC' }
  const text = [...waterfall(trace, [], OPTIONS, screen)].join('\n')
  await expect(text).toMatchFileSnapshot('skew.80.fix.txt')
})

test('a screen of 40 columns still has names and durations', async () => {
  await expect(draw('purchase', 40)).toMatchFileSnapshot('purchase.40.txt')
})

/** Nothing but ids, which stay whole so that they can be copied, is wider than a screen of 30 columns. */
test.each(Object.keys(traces).filter((name) => name !== 'large'))(
  '%s fits a screen of 30 columns',
  (name) => {
    const screen = { width: 30, colour: new Chalk({ level: 0 }), timeZone: 'UTC' }
    const trace = buildTrace(traces[name]!(), { now: SOON })
    const merging = mergeTraces()
    merging.add(trace)
    const lines = [
      ...waterfall(trace, logs, OPTIONS, screen),
      ...waterfall(trace, logs, { ...OPTIONS, attributes: true, stack: true }, screen),
      ...criticalPathList(trace, screen),
      ...flameView(merging.flame(), screen, 60),
    ]
    expect(lines.filter((line) => textWidth(line) > 30 && line !== trace.id)).toEqual([])
  },
)

test('--no-fold shows every span on a line of its own', () => {
  expect(draw('n-plus-one', 80, { fold: false }).match(/[├└] load_item/g)).toHaveLength(24)
})

/** Twenty services that call each other, each with little work of its own. */
const chain = (levels: number) =>
  Array.from({ length: levels }, (_, i) =>
    row(`s${i}`, i ? `s${i - 1}` : '', `compute_shipping_quote_${i}`, {
      at: i * 1e6,
      took: (100 - 2 * i) * 1e6,
      service: `warehouse-inventory-${i}`,
      kind: 'server',
      http_status: 200,
    }),
  )

test('names and services can be read at any level, and every span of the path is marked', async () => {
  const screen = { width: 80, colour: new Chalk({ level: 0 }), timeZone: 'UTC' }
  const lines = [...waterfall(buildTrace(chain(20)), [], OPTIONS, screen)]
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('deep.80.txt')
  const spans = lines.filter((line) => line.includes(' 200 wa'))
  expect(spans).toHaveLength(20)
  for (const line of spans) expect(line).toMatch(/compute.*… 200 wa.*… .* ms .*[█▌▐]/)
})

test('--attributes and --stack print everything in full', async () => {
  const long = 'https://shop.example/search?q='.padEnd(300, 'lamp+')
  const words = 'the lamp that was asked for is not in any warehouse '.repeat(5).trim()
  const rows = [
    row('a', '', 'GET', {
      at: 0,
      took: 5e6,
      is_error: true,
      status_message: `refused: ${words}`,
      attributes: { 'url.full': long },
      events: [
        [1e6, 'tried', { where: words }],
        [
          2e6,
          'exception',
          {
            'exception.type': 'NotFound',
            'exception.message': words,
            'exception.stacktrace': `NotFound\n    at ${long}:1:1`,
          },
        ],
      ],
    }),
  ]
  const told = (options: Partial<WaterfallOptions>) => {
    const screen = { width: 80, colour: new Chalk({ level: 0 }), timeZone: 'UTC' }
    return [...waterfall(buildTrace(rows), [], { ...OPTIONS, ...options }, screen)].slice(6, -2)
  }
  const all = told({ attributes: true, stack: true })
  await expect(`${all.join('\n')}\n`).toMatchFileSnapshot('whole.80.txt')
  for (const line of all) expect(line.length).toBeLessThanOrEqual(80)
  const text = all.map((line) => line.trim()).join('')
  for (const whole of [long, words.replaceAll(' ', '')])
    expect(text.replaceAll(' ', '')).toContain(whole)
  expect(all.join()).not.toContain('…')
  const stack = told({ stack: true })
  expect(stack.filter((line) => line.includes('…')).map((line) => line.trim().slice(0, 7))).toEqual(
    ['• +1.00'],
  )
})

const SCREEN_80 = { width: 80, colour: new Chalk({ level: 0 }), timeZone: 'UTC' }

test('calls of different servers are named and folded separately', async () => {
  const calls = Array.from({ length: 12 }, (_, i) =>
    row(`c${i}`, 'root', 'GET', {
      at: (1 + i) * 1e6,
      took: 0.9e6,
      kind: 'client',
      http_status: 200,
      attributes: {
        'http.request.method': 'GET',
        'url.full':
          i < 6 ? `https://host-${i}.example/v1/items` : `https://prices.example/v1/items/${i}`,
      },
    }),
  )
  const trace = buildTrace([row('root', '', 'GET /page', { at: 0, took: 14e6 }), ...calls])
  const lines = [...waterfall(trace, [], OPTIONS, SCREEN_80)]
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('http-clients.80.txt')
})

test('statements that differ in literals alone fold, and are an N+1', async () => {
  const statements = Array.from({ length: 30 }, (_, i) =>
    row(`q${i}`, 'root', `SELECT * FROM items WHERE id=${i}`, {
      at: (1 + i) * 1e6,
      took: 0.9e6,
      kind: 'client',
      db_system: 'mysql',
      db_query: `SELECT * FROM items WHERE id=${i}`,
    }),
  )
  const trace = buildTrace([row('root', '', 'GET /page', { at: 0, took: 32e6 }), ...statements])
  expect(trace.repeats.map(({ spans }) => spans.length)).toEqual([30])
  const lines = [...waterfall(trace, [], OPTIONS, SCREEN_80)]
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('literals.80.txt')
})

test('the critical path, failures and unnamed spans are marked', () => {
  const items = Array.from({ length: 12 }, (_, i) =>
    row(`i${i}`, 'root', i < 10 ? 'item' : '', { at: i * 1e6, took: 1e6, is_error: i % 2 === 1 }),
  )
  const trace = buildTrace([row('root', '', 'GET /page', { at: 0, took: 12e6 }), ...items])
  expect(header(trace, SCREEN_80).find((line) => line.startsWith('critical path'))).toBe(
    'critical path 42% item ×5 · 42% ✗ item ×5 · 8% (no name) · 8% ✗ (no name)',
  )
  const list = [...criticalPathList(trace, SCREEN_80)].filter((line) => line.includes('%  '))
  expect(list.map((line) => line.slice(27, 50).trim())).toEqual([
    'item ×5 shop',
    '✗ item ×5 shop',
    '(no name) shop',
    '✗ (no name) shop',
  ])
})
