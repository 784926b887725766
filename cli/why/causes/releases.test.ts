/** Findings about versions, instances and hosts of services, beside one about time. */
import { expect, test } from 'vitest'
import { analyse } from '../analyse.ts'
import { COMMANDS, LINES, makeTraces, OPERATIONS, randomFrom } from '../fixture.ts'
import { nextCommand } from '../report.ts'
import { sentence } from '../words/sentences.ts'
import { type Release, withOneHost, withReleases } from './releases.ts'

const random = randomFrom(7919)
const rows = [
  ...makeTraces(400, false, random),
  ...makeTraces(400, true, random, { slowSelect: 8 }),
]
const [finding] = analyse({ rows, operations: OPERATIONS, lines: LINES }).findings

test('only a service that lost an instance has restarted, and only an unknown version is new', () => {
  const release = (type: Release['type'], value: string, firstSeen: number, lastSeen: number) => ({
    ...{ service: 'shop', type, value, spans: 10 },
    firstSeen: `2026-01-01T00:00:${firstSeen}.000000000Z`,
    lastSeen: `2026-01-01T00:00:${lastSeen}.000000000Z`,
  })
  const kinds = (before: Release[], after: Release[]) =>
    withReleases([finding!], [before, after]).map(({ kind }) => kind)
  const old = [release('instance', 'a', 10, 20), release('version', '1', 10, 20)]
  expect(kinds(old, old)).toEqual(['slower'])
  // Another instance beside the old one.
  expect(kinds(old, [...old, release('instance', 'b', 15, 30)])).toEqual(['slower'])
  const later = [release('instance', 'b', 25, 30), release('version', '2', 25, 30)]
  expect(kinds(old, [...old, ...later])).toEqual(['slower', 'new version', 'restarted'])
  // Nothing is known about the time before.
  expect(kinds([], later)).toEqual(['slower'])
})

test('findings of several services on one host are one, of one service or of other attributes are not', () => {
  const only = (service: string, attribute: string, share: number) => ({
    ...{ ...finding!, kind: 'only some' as const, service, attribute, after: share, before: 0.2 },
    ...{
      interval: [share - 0.3, share - 0.1] as [number, number],
      traces: [`trace of ${service}`],
    },
  })
  const shop = { ...finding!, service: 'shop' }
  const both = [shop, only('shop', 'host.name=h3', 0.9), only('payment', 'host.name=h3', 0.8)]
  const joined = withOneHost(both)
  expect(joined.map(({ kind }) => kind)).toEqual(['slower', 'one host'])
  expect(joined[1]).toMatchObject({
    ...{ service: 'shop', attribute: 'host.name=h3', after: 0.8 },
    traces: ['trace of shop', 'trace of payment'],
  })
  expect(sentence(joined[1]!)).toBe(
    'shop and payment are affected on host.name=h3 alone: it has 80% of the affected spans, 20% of the others',
  )
  expect(nextCommand(COMMANDS, joined[1]!)).toBe(
    'spans --resource host.name=h3 --from 2026-01-02T03:01:00Z --to 2026-01-02T03:02:00Z',
  )
  for (const others of [
    [only('shop', 'host.name=h3', 0.9), only('payment', 'host.name=h4', 0.8)],
    [only('shop', 'region=eu', 0.9), only('payment', 'region=eu', 0.8)],
    [only('shop', 'host.name=h3', 0.9), only('shop', 'host.name=h3', 0.8)],
  ])
    expect(withOneHost(others)).toEqual(others)
})
