/** Attribute names of both generations of the conventions. */
import { afterEach, expect, test, vi } from 'vitest'
import { inGenerations } from './semconv.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

const http = () => inGenerations('http', { new: 1 }, { old: 1 })

test.each([
  ['', { new: 1, old: 1 }],
  ['http/dup', { new: 1, old: 1 }],
  ['http', { new: 1 }],
  ['database, http', { new: 1 }],
  ['database/dup', { old: 1 }],
])('OTEL_SEMCONV_STABILITY_OPT_IN="%s"', (choice, attributes) => {
  vi.stubEnv('OTEL_SEMCONV_STABILITY_OPT_IN', choice)
  expect(http()).toEqual(attributes)
})
