/** Regression checks: current spans against a baseline, or head against base. */
import { existsSync } from 'node:fs'
import type { Judged } from '../../gate/evaluate/expect.ts'
import {
  alarmOf,
  falseAlarms,
  judgePairs,
  judgeSlower,
  judgeTail,
  type Pairs,
  UNSTABLE_FROM,
} from '../../gate/evaluate/regression.ts'
import { type CheckTest, type GateCheck, LOOSE_TOLERANCE } from '../../gate/file/model.ts'
import { uniform } from '../../gate/stats/random.ts'
import type { OptionFlags } from '../../options/options.ts'
import { formatUnit } from '../../units/units.ts'
import { type Baseline, readBaselineFile, readBaselineWindow, withoutBaseline } from './baseline.ts'
import { type Drawn, readSample } from './measure.ts'
import type { Asked } from './ready-checks.ts'

export type RegressionTest = CheckTest & { kind: 'slower' | 'tail' }

export interface RegressionOptions {
  /** Regression checks in the file, which share one chance of a false alarm. */
  checks: number
  flags: OptionFlags
  calibrate: boolean
  /** The base of `otrace run --ab` replaces every baseline. */
  ab: boolean
}

/** @returns the verdict before Holm, and the durations for a baseline file */
export async function checkRegression(
  { session, source }: Asked,
  check: GateCheck,
  test: RegressionTest,
  { checks, flags, calibrate, ab }: RegressionOptions,
): Promise<{ judged: Judged; durations: number[] }> {
  const paired = ab || test.than.from === 'ab'
  const drawn = await readSample(session, withoutBaseline(source, test.than), paired)
  const durations = drawn.map(({ took }) => took)
  const quantile = test.kind === 'tail' ? test.quantile : 0.5
  if (paired) {
    const judged = judgePairs(pairsOf(drawn), quantile, test.tolerance, checks)
    return { judged: ab ? judged : withoutPairs(judged), durations }
  }
  const { runs: baseline, what } = await baselineOf()
  const samples = { current: durations, baseline }
  const judged =
    test.kind === 'slower'
      ? judgeSlower(samples, test.tolerance, checks)
      : judgeTail(samples, test.quantile, test.tolerance, checks)
  if (test.than.from === 'file' && baseline.length === 0) {
    const { path } = test.than
    const missing = existsSync(path) ? '' : `no file ${path}; `
    judged.notes.push(
      `${missing}write the baseline on the base: otrace check --save-baseline ${path}`,
    )
  } else {
    judged.notes.push(`the baseline is ${what}`)
  }
  return { judged: calibrate ? calibrated(judged, test, baseline, durations) : judged, durations }

  async function baselineOf(): Promise<Baseline> {
    const { than } = test
    if (than.from === 'window') return readBaselineWindow(session, check, than, flags)
    return readBaselineFile(than.from === 'file' ? than.path : '', check.name)
  }
}

function withoutPairs(judged: Judged): Judged {
  const notes = ["this check compares two commands: otrace run --ab 20 -- 'base' --- 'head'"]
  return judged.verdict === 'empty' || judged.verdict === 'insufficient'
    ? { ...judged, verdict: 'empty', summary: 'no baseline to compare with', notes }
    : judged
}

/** The blocks of `otrace run --ab`, from the resource attributes that it sets. */
function pairsOf(drawn: Drawn[]): Pairs {
  const blocks = new Map<string, { base: number[]; head: number[] }>()
  for (const { took, side, block } of drawn) {
    if (side !== 'base' && side !== 'head') continue
    const pair = blocks.get(String(block)) ?? { base: [], head: [] }
    pair[side].push(took)
    blocks.set(String(block), pair)
  }
  return [...blocks.values()]
}

/** The check's false alarm rate, A against A. */
function calibrated(
  judged: Judged,
  test: RegressionTest,
  baseline: number[][],
  current: number[],
): Judged {
  if (judged.pValue === undefined) return judged
  const data = baseline.length > 0 ? baseline.flat() : current
  const alarm = alarmOf(test, test.tolerance ?? LOOSE_TOLERANCE)
  const share = falseAlarms(data, alarm, uniform(1))
  const note = `A against A alarms in ${formatUnit(share, 'percentunit')} of 200 trials; ${judged.smallest}`
  const unstable = share > UNSTABLE_FROM
  return {
    ...judged,
    verdict: unstable ? 'unstable' : judged.verdict,
    notes: [...judged.notes, note, ...(unstable ? ['its own noise exceeds its tolerance'] : [])],
  }
}
