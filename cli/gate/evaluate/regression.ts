/** Evaluates regression checks against a baseline, with Holm's correction. */
import { formatUnit } from '../../units/units.ts'
import { quantileName } from '../file/expectation.ts'
import { LOOSE_TOLERANCE } from '../file/model.ts'
import { holm } from '../stats/holm.ts'
import { ALPHA } from '../stats/levels.ts'
import { testPairs } from '../stats/paired.ts'
import { type LogSample, logSample, quantile } from '../stats/sample.ts'
import { testRun, testShift } from '../stats/slower.ts'
import { callsForTail, testTail } from '../stats/tail.ts'
import type { CheckResult } from '../verdict.ts'
import { countOf, countText, type Judged, percent } from './expect.ts'

/** Durations in ns, one span per trace. */
export interface Samples {
  current: number[]
  /** One list per run. */
  baseline: number[][]
}

/** Blocks of an A/B run, each with the durations of both commands. */
export type Pairs = { base: number[]; head: number[] }[]

/** Spans per side below which the rank sum's normal approximation is unreliable. */
const MIN_SPANS = 20

/** Baseline runs needed to estimate the noise between runs. */
const MIN_RUNS = 5

/** Pairs of blocks needed to estimate the noise between them. */
const MIN_PAIRS = 5

const RUNS_TOLERANCE = 0.1
const AB_TOLERANCE = 0.05

/** @param checks regression checks that share the false alarms, this one included */
export function judgeSlower(
  samples: Samples,
  tolerance: number | undefined,
  checks: number,
): Judged {
  const { current, baseline } = samples
  const pooled = baseline.flat()
  const lack = tooFew('slower', current.length, pooled.length, MIN_SPANS)
  if (lack) return lack
  const manyRuns = baseline.length >= MIN_RUNS && baseline.every((run) => run.length > 0)
  const allowed = tolerance ?? (manyRuns ? RUNS_TOLERANCE : LOOSE_TOLERANCE)
  const ours = logSample(current)
  const shift = testShift(ours, logSample(pooled), allowed, ALPHA / checks)
  const run = manyRuns ? testRun(ours, baseline.map(logSample), allowed) : undefined
  const notes = run
    ? [`${baseline.length} baseline runs, which differ by ${percent(run.noise)}`]
    : ['noise between runs is unknown: fewer than 5 baseline runs; otrace run --ab needs none']
  return {
    ...ratioTexts('slower', 'the typical call', shift, allowed),
    value: formatUnit(Math.exp(quantile(ours, 0.5)), 'ns'),
    n: current.length,
    pValue: Math.max(shift.pValue, run?.pValue ?? 0),
    notes: [...notes, `baseline: ${countOf(pooled.length, 'trace')}`],
  }
}

/** @param checks regression checks that share the false alarms, this one included */
export function judgeTail(samples: Samples, p: number, tolerance: number, checks: number): Judged {
  const { current, baseline } = samples
  const pooled = baseline.flat()
  const lack = tooFew('tail growth', current.length, pooled.length, callsForTail(p))
  if (lack) return lack
  const ours = logSample(current)
  const result = testTail(ours, logSample(pooled), p, tolerance, ALPHA / checks)
  return {
    ...ratioTexts('tail growth', quantileName(p), result, tolerance),
    value: formatUnit(Math.exp(quantile(ours, p)), 'ns'),
    n: current.length,
    pValue: result.pValue,
    notes: [`baseline: ${countOf(pooled.length, 'trace')}`],
  }
}

/** @param p 0.5 for "slower", else the quantile of the tail */
export function judgePairs(
  pairs: Pairs,
  p: number,
  tolerance: number | undefined,
  checks: number,
): Judged {
  const filled = pairs.filter(({ base, head }) => base.length > 0 && head.length > 0)
  const n = filled.reduce((sum, { head }) => sum + head.length, 0)
  const lack = tooFew('A/B', filled.length, filled.length, MIN_PAIRS, 'pairs of blocks')
  if (lack) return { ...lack, n }
  const blocks = filled.map(({ base, head }) => ({ base: logSample(base), head: logSample(head) }))
  const allowed = tolerance ?? AB_TOLERANCE
  const result = testPairs(blocks, p, allowed, ALPHA / checks)
  return {
    ...ratioTexts('A/B', quantileName(p), result, allowed),
    n,
    pValue: result.pValue,
    notes: [`${result.pairs} pairs of blocks`],
  }
}

function ratioTexts(
  test: string,
  what: string,
  { ratio, interval, smallest }: { ratio: number; interval: [number, number]; smallest: number },
  allowed: number,
): Judged {
  const limit = `+${percent(allowed)}`
  const difference = Math.abs(ratio - 1)
  const than = ratio >= 1 ? 'slower than' : 'faster than'
  const size = difference < 5e-4 ? 'the same as' : `${percent(difference)} ${than}`
  return {
    test,
    // Certified if even the upper limit is within the tolerance; Holm may still fail it.
    verdict: interval[1] <= 1 + allowed ? 'pass' : 'uncertified',
    summary: `${what} is ${size} in the baseline, allowed ${limit}`,
    limit,
    over: ratio > 1 + allowed,
    interval: `${growth(interval[0])} to ${growth(interval[1])}`,
    smallest: Number.isFinite(smallest)
      ? `a growth of ${percent(smallest - 1)} would have been seen`
      : 'no growth would have been seen',
    notes: [],
  }
}

const growth = (ratio: number) => `${ratio >= 1 ? '+' : '−'}${percent(Math.abs(ratio - 1))}`

function tooFew(
  test: string,
  current: number,
  baseline: number,
  needed: number,
  unit = 'traces',
): Judged | undefined {
  if (Math.min(current, baseline) >= needed) return undefined
  const sides = [
    ...(current < needed ? [`${countText(needed - current)} more ${unit}`] : []),
    ...(baseline < needed && unit === 'traces'
      ? [`${countText(needed - baseline)} more in the baseline`]
      : []),
  ]
  const none = current === 0 || baseline === 0
  const empty = current === 0 ? 'no span matches this check' : 'the baseline is empty'
  return {
    test,
    verdict: none ? 'empty' : 'insufficient',
    summary: none ? empty : `${countText(current)} ${unit} against ${countText(baseline)}`,
    n: current,
    notes: [`needs ${sides.join(' and ')}: ${countText(needed)} a side`],
  }
}

/** The tests that share one chance of a false alarm. */
export const REGRESSIONS = ['slower', 'tail growth', 'A/B']

/** Settles the verdicts of all regression checks together (Holm 1979). */
export function settleRegressions(results: CheckResult[]): CheckResult[] {
  const tested = results.filter(
    ({ test, pValue }) => REGRESSIONS.includes(test) && pValue !== undefined,
  )
  const adjusted = new Map(
    holm(tested.map(({ pValue }) => pValue!)).map((p, i) => [tested[i]!, p] as const),
  )
  return results.map((result) => {
    const pValue = adjusted.get(result)
    if (pValue === undefined) return result
    const failed = pValue <= ALPHA && result.verdict !== 'unstable'
    return { ...result, pValue, verdict: failed ? 'fail' : result.verdict }
  })
}

/** Whether a test alarms on two halves of the same data. */
type Alarm = (a: LogSample, b: LogSample) => boolean

/** A check whose own noise alarms more often than this is unstable. */
export const UNSTABLE_FROM = 0.03

/**
 * The share of false alarms, A against A. Blocks in time order are assigned to two sides at random,
 * so that noise between blocks counts.
 * @param random uniform on [0, 1)
 */
export function falseAlarms(durations: number[], alarm: Alarm, random: () => number): number {
  const times = 200
  const blocks = cut(durations, 20)
  let alarms = 0
  for (let i = 0; i < times; i++) {
    const order = blocks.map((block) => ({ block, at: random() })).sort((a, b) => a.at - b.at)
    const half = (from: number, to: number) =>
      logSample(order.slice(from, to).flatMap(({ block }) => block))
    const middle = blocks.length / 2
    alarms += Number(alarm(half(0, middle), half(middle, blocks.length)))
  }
  return alarms / times
}

/** Splits a list into `count` pieces of about equal size. */
function cut<T>(values: T[], count: number): T[][] {
  return Array.from({ length: count }, (_, i) =>
    values.slice(
      Math.floor((i * values.length) / count),
      Math.floor(((i + 1) * values.length) / count),
    ),
  )
}

/** The alarm of a regression check at its own tolerance. */
export function alarmOf(
  test: { kind: 'slower' } | { kind: 'tail'; quantile: number },
  tolerance: number,
): Alarm {
  return test.kind === 'slower'
    ? (a, b) => testShift(a, b, tolerance).pValue <= ALPHA
    : (a, b) => testTail(a, b, test.quantile, tolerance).pValue <= ALPHA
}
