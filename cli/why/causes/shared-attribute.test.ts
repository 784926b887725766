/** Attributes that only the affected spans of a finding have. */
import { expect, test } from 'vitest'
import type { WhyFinding } from '../finding.ts'
import { evidence } from '../words/evidence.ts'
import { sentence } from '../words/sentences.ts'
import { isUsual, narrowed, onlySome, type Valued, valueToNarrow } from './shared-attribute.ts'

const slower: WhyFinding = {
  ...{ kind: 'slower', service: 'shop', name: 'list', before: 2e6, after: 4e6, unit: 'ns' },
  ...{ interval: [1e6, 3e6], count: 9, spans: [50, 50], traces: [], score: 1, certain: true },
}
const of = { ofAffected: 40, ofOthers: 200 }
const valued = (key: string, value: string, onAffected: number, onOthers: number): Valued => ({
  ...{ key, value, onAffected, onOthers, ...of },
})

test('values of exactly the same spans are named behind the one that tells', () => {
  const values = [
    valued('host.name', 'h1', 40, 0),
    valued('k8s.pod.name', 'shop-1', 40, 0),
    valued('region', 'eu', 40, 120),
  ]
  const one = onlySome(slower, values)!
  expect(sentence(one)).toBe(
    'only where host.name=h1: 100% of the affected spans, 0% of the others; the same spans have k8s.pod.name=shop-1',
  )
  expect(evidence(one)).toContain('40 affected spans, 200 others')
  expect(valueToNarrow(one, values)).toBeUndefined()
})

test('a value that slow spans had before as well is usual', () => {
  const one = onlySome(slower, [valued('region', 'eu', 36, 40)])!
  expect(isUsual(one, [valued('region', 'eu', 30, 40)])).toBe(true)
  expect(isUsual(one, [valued('region', 'eu', 10, 40), valued('region', 'us', 36, 40)])).toBe(false)
  expect(isUsual(one, [])).toBe(false)
})

test('a value that many other spans have is narrowed by a second one', () => {
  const values = [valued('region', 'eu', 40, 60), valued('version', '2', 40, 90)]
  const one = onlySome(slower, values)!
  expect(valueToNarrow(one, values)).toEqual({ key: 'region', value: 'eu' })
  const within = [{ ...valued('version', '2', 40, 2), ofOthers: 60 }]
  expect(sentence(narrowed(one, within))).toBe(
    'only where region=eu and version=2: 100% of the affected spans, 1% of the others',
  )
  expect(narrowed(one, [{ ...valued('version', '2', 40, 55), ofOthers: 60 }])).toBe(one)
})
