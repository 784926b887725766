/** The doctor's report on a narrow screen. */
import { expect, it } from 'vitest'
import { screen } from '../../render/fixture.ts'
import { report } from './report.ts'

it('puts what was found below its name where little room remains', () => {
  const found = 'SpanKind set(8), mapKeys(SpanAttributes) bloom_filter(0.01)'
  const checks = [
    { about: 'database names', state: 'warning' as const, found, advice: 'add it: otrace schema' },
    { about: 'window', state: 'ok' as const, found: '12 spans' },
  ]
  expect(report(checks, screen(40))).toMatchInlineSnapshot(`
    "! database names
        SpanKind set(8),
        mapKeys(SpanAttributes)
        bloom_filter(0.01)
        → add it: otrace schema
    ✓ window
        12 spans
    "
  `)
})
