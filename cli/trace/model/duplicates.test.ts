/** Spans that were delivered twice, or sent again with another end. */
import { expect, test } from 'vitest'
import { row } from '../../../test/golden/trace/traces.ts'
import { buildTrace } from './build.ts'

const live = (took: number, state: string) =>
  row('live', '', 'live', { at: 0, took, kind: 'server', attributes: { state } })

test('of two versions of a span the one that ends last is kept, and a finding says so', () => {
  const { spans, duplicates, findings, complete } = buildTrace([
    live(1e6, 'running'),
    live(9e6, 'done'),
    row('child', 'live', 'work', { at: 1e6, took: 1e6 }),
  ])
  expect(spans.map(({ row }) => row.attributes.state)).toEqual(['done', undefined])
  expect(duplicates).toEqual({ rows: 0, ids: [], versions: 1 })
  expect(findings.map(({ message }) => message)).toEqual([
    '1 older version of spans left out: the one that ends last is shown.',
  ])
  expect(complete).toBe(true)
})

test('a client and a server that share an id are two spans, not versions of one', () => {
  const { spans, duplicates } = buildTrace([
    row('a', '', 'GET', { at: 0, took: 9, kind: 'client' }),
    row('a', '', 'GET', { at: 0, took: 5, kind: 'server' }),
  ])
  expect(spans).toHaveLength(2)
  expect(duplicates.versions).toBe(0)
})

test('a span whose start is 0 starts with the trace, and keeps its end', () => {
  const end = 1_795_633_948_490_104_426n
  const start = {
    ...row('nostart', '', 'nostart', { at: 0, took: 0 }),
    time: '1970-01-01T00:00:00.000000000Z',
  }
  const { spans, duration, findings } = buildTrace([
    { ...start, duration: Number(end), exact_duration: end },
    { ...row('sib', '', 'sib', { at: 0, took: 1e6 }), time: '2026-11-25T19:12:28.490104426Z' },
  ])
  expect(spans.map(({ start, end }) => [start, end])).toEqual([
    [0, 1e6],
    [0, 0],
  ])
  expect(duration).toBe(1e6)
  expect(findings.map(({ message }) => message)).toContain(
    '1 span has no start time (0 was sent): drawn from the first known start.',
  )
})
