/** What traces of every shape look like: the pictures are the files beside this one (`npx vitest run -u` redraws them). */
import { Chalk } from 'chalk'
import { describe, expect, test } from 'vitest'
import { header } from '../../../cli/trace/header.ts'
import { buildTrace } from '../../../cli/trace/tree.ts'
import { type WaterfallOptions, waterfall } from '../../../cli/trace/waterfall.ts'
import { logs, traces } from './traces.ts'

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

describe.each([80, 160, 200])('at %i columns', (width) => {
  test.each(Object.keys(traces))('%s', async (name) => {
    const text = draw(name, width)
    await expect(text).toMatchFileSnapshot(`${name}.${width}.txt`)
    // A CJK letter takes two columns; nothing else here is wider than its length.
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width)
  })
})

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
  await expect(draw(name, 80, options)).toMatchFileSnapshot(`${name}.80.${flag}.txt`)
})

/** Trees of every shape, asked for while they may still be running. */
test.each(Object.keys(traces).filter((name) => name !== 'large'))(
  'what is wrong with %s is said in one line each',
  (name) => {
    const trace = buildTrace(traces[name]!(), { now: SOON })
    const screen = { width: 80, colour: new Chalk({ level: 0 }), timeZone: 'UTC' }
    const said = header(trace, screen).slice(-trace.findings.length || 99)
    expect(said).toEqual(trace.findings.map(({ message }) => `! ${message}`))
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

test('--no-fold shows every span on a line of its own', () => {
  expect(draw('n-plus-one', 80, { fold: false }).match(/[├└] load_item/g)).toHaveLength(24)
})
