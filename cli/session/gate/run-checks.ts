/** Runs the checks of a file against an open store. */
import { EXIT, OtraceError } from '../../errors.ts'
import { type Judged, NO_SPANS } from '../../gate/evaluate/expect.ts'
import { settleRegressions } from '../../gate/evaluate/regression.ts'
import { testName } from '../../gate/evaluate/test-name.ts'
import type { CheckFile, CheckTest, FilePlace, GateCheck } from '../../gate/file/model.ts'
import { type CheckResult, withDoubt } from '../../gate/verdict.ts'
import type { OptionFlags } from '../../options/options.ts'
import type { SpansSource } from '../../query/compose/source.ts'
import { NO_FILTERS } from '../../query/filters.ts'
import type { Query } from '../../query/query-file.ts'
import { builtInQuery } from '../run.ts'
import { resolveSampling, simplest } from '../sampling.ts'
import type { Session } from '../session.ts'
import { changesSince } from './changes.ts'
import { judgeExpectations, judgeQuery } from './expectations.ts'
import { readSample } from './measure.ts'
import { type Operations, readOperations, refuseUnknownNames } from './names.ts'
import {
  type Asked,
  checkAttributes,
  checkComplete,
  checkDeprecated,
  checkExceptions,
  checkNPlusOne,
  checkOperations,
} from './ready-checks.ts'
import { checkRegression, type RegressionTest } from './regression-checks.ts'
import { joinFilters, placedOnce, showCommand, sourceOf, type Typed } from './spans.ts'

export interface GateOptions {
  /** Flags as typed, for baselines in other windows. */
  flags: OptionFlags
  /** Connection flags, for commands in the report. */
  place: string[]
  typed: Typed
  queries: Query[]
  calibrate?: boolean
  /** Spans of `otrace run --ab`; only regression checks read base, too. */
  ab?: boolean
  /** Records regression checks for a baseline without judging them. */
  record?: boolean
}

export interface GateRun {
  results: CheckResult[]
  /** Durations by the regression check's name. */
  durations: Map<string, number[]>
  operations: Operations
}

/** Checks at a time: a collector runs two statements at once. */
const AT_ONCE = 2

/**
 * Runs every check.
 * @throws OtraceError (exit 2) for a name that no span has, or a malformed condition
 */
export async function runGateChecks(
  session: Session,
  file: CheckFile,
  options: GateOptions,
): Promise<GateRun> {
  const operations = await readOperations(session)
  const durations = new Map<string, number[]>()
  if (operations.spans === 0) {
    const none = { ...NO_SPANS, summary: 'no span arrived in the window' }
    return { results: everyPart(file, none), durations, operations }
  }
  await refuseUnknownNames(session, file.checks, operations)
  const [simple, anySampled] = await Promise.all([
    simplest(session),
    isSampled(session, session.source),
  ])
  const checks = file.checks.filter(({ test }) => isRegression(test)).length
  const told = new Set<string>()
  const done = await inOrder(file.checks, AT_ONCE, (check) =>
    placedOnce(check.at, () => runCheck(check)),
  )
  for (const [i, { drawn }] of done.entries()) if (drawn) durations.set(file.checks[i]!.name, drawn)
  const settled = settleRegressions(done.flatMap(({ results }) => results)).map(withoutCommand)
  return { results: settled.map(withDoubt), durations, operations }

  async function runCheck(check: GateCheck): Promise<{ results: CheckResult[]; drawn?: number[] }> {
    const started = performance.now()
    const regression = isRegression(check.test)
    const own = { ...simple, filters: (await sourceOf(session, check)).filters }
    const filters = options.ab && !regression ? joinFilters(own.filters, HEAD) : own.filters
    const sampled = anySampled && (await isSampled(session, { ...own, filters }))
    const source = { ...own, filters, weighted: sampled }
    const asked: Asked = { session, source, operations, sampled, place: options.place }
    if (regression && options.record) {
      const drawn = (await readSample(session, source)).map(({ took }) => took)
      // An empty run would count as a run.
      if (drawn.length === 0) {
        const none = { ...NO_SPANS, test: testName(check.test, 0) }
        return { results: [resultOf(file, check, check, none, 0)] }
      }
      return { results: [], drawn }
    }
    let drawn: number[] | undefined
    const judge = async (): Promise<Judged[]> => {
      if (!regression) return judgeCheck(asked, check, options)
      const { flags, calibrate = false, ab = false } = options
      const test = check.test as RegressionTest
      const found = await checkRegression(asked, check, test, { checks, flags, calibrate, ab })
      drawn = found.durations
      const { than } = test
      // Once for each file: every check of it has the same.
      if (than.from === 'file' && !told.has(than.path)) {
        told.add(than.path)
        found.judged.notes.push(...(await changesSince(session, than.path, operations)))
      }
      const words = ['--order', 'slowest']
      const command = showCommand(session, check, options.typed, words, options.place)
      return [{ ...found.judged, command }]
    }
    const judged = await orUnanswered(judge, session)
    const places = partsOf(check)
    const seconds = (performance.now() - started) / 1000 / judged.length
    const results = judged.map((one, i) => resultOf(file, check, places[i] ?? check, one, seconds))
    return { results, drawn }
  }
}

/**
 * The results of `work` on each item, in their order, with at most `most` running.
 * @throws the error of the first item that has one, after all have ended
 */
async function inOrder<Item, Result>(
  items: Item[],
  most: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const done: PromiseSettledResult<Result>[] = []
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const at = next++
      ;[done[at]] = (await Promise.allSettled([work(items[at]!)])) as [PromiseSettledResult<Result>]
    }
  }
  await Promise.all(Array.from({ length: most }, worker))
  return done.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}

/** Only failed checks list offending traces. */
const withoutCommand = (result: CheckResult): CheckResult =>
  result.verdict === 'fail' || result.verdict === 'unstable'
    ? result
    : { ...result, command: undefined }

const HEAD = {
  ...NO_FILTERS,
  conditions: [{ filter: 'resource-equals' as const, key: 'otrace.side', value: 'head' }],
}

export const isRegression = (test: CheckTest) => test.kind === 'slower' || test.kind === 'tail'

/** The places of a check's expectations. */
function partsOf(check: GateCheck): (FilePlace & { text?: string })[] {
  const { test } = check
  if (test.kind !== 'expect' && test.kind !== 'query') return [check]
  return test.expectations.map(({ expectation, ...place }) => ({
    ...place,
    text: expectation.text,
  }))
}

function resultOf(
  file: CheckFile,
  check: GateCheck,
  place: FilePlace & { text?: string },
  judged: Judged,
  seconds: number,
): CheckResult {
  const name = place.text === undefined ? check.name : `${check.name}: ${place.text}`
  return { ...judged, name, file: file.path, line: place.line, column: place.column, seconds }
}

/** A refused query becomes a verdict; usage errors and ctrl-C end the gate. */
async function orUnanswered(
  judge: () => Promise<Judged[]>,
  { context }: Session,
): Promise<Judged[]> {
  try {
    return await judge()
  } catch (error) {
    const { refused, noStore } = EXIT
    if (!(error instanceof OtraceError) || context.signal.aborted) throw error
    if (error.exit !== refused && error.exit !== noStore) throw error
    return [unanswered(error)]
  }
}

function unanswered({ message, hint, exit }: OtraceError): Judged {
  return { test: 'error', verdict: 'unanswered', summary: message, notes: hint ? [hint] : [], exit }
}

/** The verdicts where the store cannot be reached. */
export function allUnanswered(file: CheckFile, error: OtraceError): CheckResult[] {
  return everyPart(file, unanswered(error))
}

function everyPart(file: CheckFile, judged: Judged): CheckResult[] {
  return file.checks.flatMap((check) =>
    partsOf(check).map((place, part) => {
      const test = judged.verdict === 'empty' ? testName(check.test, part) : judged.test
      return resultOf(file, check, place, { ...judged, test }, 0)
    }),
  )
}

/** Whether any span is sampled; false with --no-weight. */
async function isSampled({ store, facts }: Session, source: SpansSource): Promise<boolean> {
  if (source.weighted === false) return false
  const query = builtInQuery('internal/gate/weight.sql', {}, source)
  return (await resolveSampling({ store, source, facts }, query)).note !== undefined
}

async function judgeCheck(asked: Asked, check: GateCheck, options: GateOptions): Promise<Judged[]> {
  const { test } = check
  switch (test.kind) {
    case 'expect':
      return judgeExpectations(asked, check, test, options)
    case 'query':
      return judgeQuery(asked, test, options.queries)
    case 'n-plus-one':
      return [await checkNPlusOne(asked, test)]
    case 'exceptions':
      return [await checkExceptions(asked, test)]
    case 'attributes':
      return [await checkAttributes(asked, test)]
    case 'deprecated':
      return [await checkDeprecated(asked, test)]
    case 'operations':
      return [await checkOperations(asked, test)]
    case 'complete':
      return [await checkComplete(asked, test)]
    default:
      throw new TypeError(`not a check of its own: ${test.kind}`)
  }
}
