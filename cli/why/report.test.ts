/** The report of `otrace why`, in 80 columns. */
import { Chalk } from 'chalk'
import { expect, it } from 'vitest'
import type { WhyFinding } from './finding.ts'
import { COMMANDS } from './fixture.ts'
import { whyJson } from './json.ts'
import { whyPage } from './page/page.ts'
import { type WhyReport, whyMarkdown, whyTerminal } from './report.ts'

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
  times: COMMANDS.times,
  windows: { before: 'previous 1h', after: 'last 1h' },
  findings: [],
  examples: { slow: 'a'.repeat(32), typical: 'b'.repeat(32) },
  notes: [],
  command: (words: string[]) => ['otrace', ...words].join(' '),
} as unknown as WhyReport

const screen = { width: 80, colour: new Chalk({ level: 0 }), timeZone: 'UTC' }

it('breaks lines before a command, not within it', () => {
  const slow = 'Slow: otrace trace aaaaaaaaaaaaaaaa; typical:'
  const last = (width: number) => [...whyTerminal(report, { ...screen, width })].slice(-2)
  expect(last(70)).toEqual([slow, '  otrace trace bbbbbbbbbbbbbbbb'])
  expect(last(80)[1]).toBe(`${slow} otrace trace bbbbbbbbbbbbbbbb`)
})

const finding: WhyFinding = {
  ...{ kind: 'slower', service: 'shop', name: 'GET /a?b&amp;[c]', before: 2e6, after: 4e6 },
  ...{ unit: 'ns', interval: [1e6, 3e6], count: 9, spans: [50, 50], traces: [], score: 1 },
  certain: true,
}

it('shows the evidence of the first three findings', () => {
  const findings = Array.from({ length: 5 }, () => finding)
  const lines = [...whyTerminal({ ...report, findings }, screen)]
  expect(lines.filter((line) => /^ {3}2.0 ×/.test(line))).toHaveLength(3)
  expect(lines.filter((line) => /^\d\. /.test(line))).toHaveLength(5)
})

it('counts no finding as weaker that others explain', () => {
  const findings = [finding, { ...finding, repeated: true }, { ...finding, score: 0.001 }]
  const lines = [...whyTerminal({ ...report, findings }, screen)]
  expect(lines.join('\n')).toContain('1 weaker finding: see --json.')
})

it('gives a command once for findings that follow each other with the same', () => {
  const [one, other] = ['a', 'b'].map((digit) => ({ ...finding, traces: [digit.repeat(32)] }))
  const lines = [...whyTerminal({ ...report, findings: [one!, one!, other!] }, screen)]
  const next = lines.flatMap((line) => /^ {3}.*(otrace trace \w+)$/.exec(line)?.[1] ?? [])
  expect(next).toEqual(['otrace trace aaaaaaaaaaaaaaaa', 'otrace trace bbbbbbbbbbbbbbbb'])
})

it('is half a screen with several findings, and says once where to look', () => {
  const traces = ['a', 'b', 'c'].map((digit) => [digit.repeat(32)])
  const waits = traces.map((own): WhyFinding => {
    const callee = { kind: 'waiting between' as const, peer: 'payment', detail: 'calls' }
    return { ...finding, ...callee, traces: own, share: 0.2, certain: false }
  })
  const level = { value: 2e6, low: 1e6, high: 3e6 }
  const quantiles = [0.5, 0.95, 0.99].map((one) => ({ level: one, before: level, after: level }))
  const changed = { ...report.changed, quantiles, meanDifference: [1, 2] as [number, number] }
  const lines = [...whyTerminal({ ...report, changed, findings: waits }, screen)]
  expect(lines.length).toBeLessThanOrEqual(20)
  expect(lines.filter((line) => line.includes('look at'))).toHaveLength(1)
  expect(
    lines.filter((line) => /20% of the change.*chance.* otrace trace \w+$/.test(line)),
  ).toHaveLength(2)
})

it('gives a ticket dates, and texts as they are', () => {
  const named = { ...finding, name: 'GET /`a`?b&amp;[c]' }
  const lines = [...whyMarkdown({ ...report, findings: [named] })]
  expect(lines).toContain('- Baseline: 2026-01-02 03:00:00 to 2026-01-02 03:01:00 UTC')
  expect(lines).toContain('- Window: 2026-01-02 03:01:00 to 2026-01-02 03:02:00 UTC')
  const [sentence] = lines.filter((line) => line.startsWith('1. '))
  expect(sentence).toContain('GET /\\`a\\`?b\\&amp;\\[c\\]')
  expect(lines.find((line) => line.startsWith('   `'))).toMatch(/^ {3}`` otrace .*`a`.* ``$/)
})

it('has no values in JSON where nothing was compared', () => {
  const changed = {
    ...report.changed,
    ...{ requests: [0, 50] as [number, number], mean: [0, 7] as [number, number] },
    quantiles: [{ level: 0.5, before: { value: 0 }, after: { value: 7 } }],
  }
  const json = JSON.parse(whyJson({ ...report, changed, unexplained: 1, advice: 'Wait.' }))
  expect(json).toMatchObject({
    windows: { before: { text: 'previous 1h', ...COMMANDS.times[0] } },
    changed: {
      ...{ mean: [null, 7], meanDifference: null, errorDifference: null },
      quantiles: [{ before: { value: null }, after: { value: 7 } }],
    },
    unexplained: null,
    sharesOf: null,
    notes: ['Nothing to compare with: no requests in the baseline. Wait.'],
  })
})

it.each([
  ['failing', 'rise in failing requests'],
  ['duration', 'change in the mean duration'],
] as const)('has a bar of the shares of a rise on its page: %s', (rose, words) => {
  const kind = rose === 'failing' ? ('new error' as const) : finding.kind
  const findings = [0.6, -0.1, undefined].map((share) => ({ ...finding, kind, share: share! }))
  const page = [...whyPage({ ...report, rose, findings })].join('')
  expect(page).toContain(`>Shares of the ${words}</p>\n<div class="whole"><span style="width:60.0%`)
  expect(page.match(/border-left-color:var\(--line\)/g)).toHaveLength(2)
  expect(page.match(/class="whole"/g)).toHaveLength(1)
  expect(JSON.parse(whyJson({ ...report, rose })).sharesOf).toBe(rose)
})
