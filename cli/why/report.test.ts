/** The report of `otrace why`, in 80 columns. */
import { Chalk } from 'chalk'
import { expect, it } from 'vitest'
import { type WhyReport, whyTerminal } from './report.ts'

it('breaks lines before a command, not within it', () => {
  const report = {
    changed: {
      requests: [50, 50],
      errors: [0, 1],
      failuresFrom: 'status',
      errorDifference: [-0.1, 0.2],
      quantiles: [],
      mean: [0, 0],
      meanDifference: [0, 0],
      certain: false,
      worse: false,
      newTypes: [],
      goneTypes: [],
    },
    lengths: ['1h', '1h'],
    windows: { before: 'previous 1h', after: 'last 1h' },
    findings: [],
    examples: { slow: 'a'.repeat(32), typical: 'b'.repeat(32) },
    notes: [],
    command: (words: string[]) => ['otrace', ...words].join(' '),
  } as unknown as WhyReport
  const screen = { width: 80, colour: new Chalk({ level: 0 }), timeZone: 'UTC' }
  expect([...whyTerminal(report, screen)].slice(-2)).toEqual([
    'A slow request: otrace trace aaaaaaaaaaaaaaaa; a typical one:',
    '  otrace trace bbbbbbbbbbbbbbbb',
  ])
})
