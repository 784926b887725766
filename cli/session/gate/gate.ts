/** The gate: reads checks, runs them, saves the baseline, writes the reports. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { normalize, sep } from 'node:path'
import type { Context } from '../../context.ts'
import { EXIT, OtraceError, usage } from '../../errors.ts'
import { looksLikeCheck, readArguments, readCheckFile } from '../../gate/file/check-file.ts'
import { atPlace } from '../../gate/file/filters.ts'
import type { CheckFile } from '../../gate/file/model.ts'
import { nearestCheck } from '../../gate/file/nearest.ts'
import { type CheckResult, exitOfAll } from '../../gate/verdict.ts'
import { filterWords } from '../../options/filters.ts'
import { type OptionFlags, readOptions } from '../../options/options.ts'
import { PROJECT, readText } from '../../query/files.ts'
import type { Query } from '../../query/query-file.ts'
import { isoText } from '../../query/window.ts'
import { withoutPassword } from '../../store/connection.ts'
import { cameAgainNote } from '../notes/came-again.ts'
import { withSession } from '../open.ts'
import type { Session } from '../session.ts'
import { tailNote } from '../tail-sampling/note.ts'
import { machineText, runSample, saveBaselineRun } from './baseline.ts'
import { operationNames, readSdks } from './changes.ts'
import { type ReportFlags, writeReports } from './report.ts'
import { allUnanswered, type GateRun, isRegression, runGateChecks } from './run-checks.ts'
import { type Settled, settledText } from './settle.ts'

const CHECK_FILE = '.otrace/checks.yaml'

export interface GateFlags extends OptionFlags, ReportFlags {
  saveBaseline?: string
  calibrate?: boolean
}

/**
 * The checks that arguments name: one file, or expectations and checks.
 * @throws OtraceError (exit 2) for a missing or malformed file
 */
export function readChecks(given: string[]): CheckFile {
  const [first = CHECK_FILE] = given
  if (given.some(looksLikeCheck)) return readArguments(given)
  if (given.length > 1) {
    const text = given.join(' ')
    const quoted = existsSync(first) ? undefined : nearestCheck(text)
    throw usage(
      `one check file at a time: ${text}`,
      quoted ? `write "${quoted}"` : "quote expectations: 'p(95) < 300ms'",
    )
  }
  if (!existsSync(first)) {
    const meant = given.length > 0 && !/[./\\]/.test(first) ? nearestCheck(first) : undefined
    if (meant) throw usage(`neither a check nor a file: ${first}`, `write "${meant}"`)
    const hint =
      given.length > 0
        ? "name a file, or write an expectation: otrace check 'error_rate < 1%'"
        : `write it, or give expectations: otrace check 'error_rate < 1%' (docs/gates.md)`
    throw usage(`no check file: ${first}`, hint)
  }
  return readCheckFile(first, readChecksText(first))
}

function readChecksText(path: string): string {
  const project = normalize(path).startsWith(PROJECT + sep)
  try {
    return readText(path, { pipes: !project, inside: project ? PROJECT : undefined })
  } catch (error) {
    if (error instanceof OtraceError) throw error
    throw usage(`cannot read ${path}: ${(error as Error).message}`, 'name a check file')
  }
}

/**
 * Runs the gate and returns its exit code.
 * @param options.place connection flags, for commands in the report
 * @param options.settled how the wait for late spans ended
 */
export async function runGate(
  file: CheckFile,
  flags: GateFlags,
  queries: Query[],
  context: Context,
  { ab = false, place = placeOf(flags), settled }: GateRunOptions = {},
): Promise<number> {
  refuseWithoutRegression(file, flags)
  const options = readGateOptions(file, flags, context)
  const { where, ...typed } = flags
  const run = await withSession(options.read, context, async (session) => {
    const done = await runGateChecks(session, file, {
      flags: options.flags,
      place,
      typed: { words: filterWords(typed), where },
      queries,
      ab,
      calibrate: flags.calibrate,
      record: flags.saveBaseline !== undefined,
    })
    const { saveBaseline: path } = flags
    if (path !== undefined && done.durations.size > 0) await saveBaseline(session, done, path)
    // The spans of a command that ran just now are whole.
    const kept = settled || ab ? undefined : await tailNote(session)
    if (kept) context.say(kept)
    const once = await cameAgainNote(session)
    if (once) context.say(once)
    return done
  }).catch((error: unknown) => unreachable(file, error, context))
  const results = [...run.results, ...lateSpans(file, settled)]
  await writeReports(results, file.exit, flags, context)
  return exitOfAll(results, file.exit)
}

/** @throws OtraceError (exit 2) for a flag of regression checks without any */
function refuseWithoutRegression({ checks }: CheckFile, flags: GateFlags): void {
  const flag = flags.calibrate ? '--calibrate' : flags.saveBaseline && '--save-baseline'
  if (!flag || checks.some(({ test }) => isRegression(test))) return
  throw usage(
    `${flag} needs a check with slower or tail_growth`,
    'add: slower: { than: base.json }',
  )
}

interface GateRunOptions {
  ab?: boolean
  place?: string[]
  settled?: Settled
}

/** Checks of spans that had not arrived as a whole may have passed for want of the others. */
function lateSpans(file: CheckFile, settled: Settled | undefined): CheckResult[] {
  const { verdict, traces = 0, seconds = 0 } = settled ?? {}
  const judged = file.checks.some(({ test }) => test.kind === 'complete')
  if (verdict !== 'still arriving' && (verdict !== 'half-arrived' || judged)) return []
  const notes = [
    'what is missing was not checked: wait longer with --settle,',
    'or say which share must be complete: { complete_traces: true, share: 90% }',
  ]
  return [
    {
      name: 'all spans have arrived',
      test: verdict,
      verdict: 'insufficient',
      summary: settledText(settled!),
      n: traces,
      notes,
      file: file.path,
      line: 1,
      column: 1,
      seconds,
    },
  ]
}

/** The window of the file applies where no flag chooses one. */
function readGateOptions(file: CheckFile, flags: GateFlags, context: Context) {
  const timed = flags.since ?? flags.from ?? flags.to
  // Errors of the flags have no place in the file.
  const typed = readOptions(flags, context)
  const { since: _, from: __, to: ___, ...others } = flags
  const all = { ...others, ...file.window }
  // A malformed window is a mistake where a flag replaces it, too.
  const read = atPlace(file.windowAt, () => readOptions(all, context))
  return timed === undefined ? { flags: all, read } : { flags, read: typed }
}

/** Reports of CI must not vanish with the store. */
function unreachable(file: CheckFile, error: unknown, { signal }: Context): GateRun {
  const { refused, noStore } = EXIT
  if (!(error instanceof OtraceError) || signal.aborted) throw error
  if (error.exit !== refused && error.exit !== noStore) throw error
  const operations = { services: new Map(), spans: 0, first: 0n, last: 0n }
  return { results: allUnanswered(file, error), durations: new Map(), operations }
}

/** The connection flags as typed, without the password. */
function placeOf(flags: OptionFlags): string[] {
  const names = ['url', 'data', 'profile', 'database', 'table'] as const
  return names.flatMap((name) => {
    const value = flags[name]
    if (value === undefined) return []
    return [`--${name}`, name === 'url' ? withoutPassword(value) : value]
  })
}

async function saveBaseline(
  session: Session,
  { durations, operations }: GateRun,
  path: string,
): Promise<void> {
  const { window } = session.source
  const checks = [...durations].map(([name, values]) => [name, runSample(values)] as const)
  const runs = saveBaselineRun(path, {
    at: isoText(session.context.now()),
    commit: commitOf(session.context.env),
    machine: machineText(),
    sdks: await readSdks(session),
    operations: operationNames(operations),
    window: { from: window ? isoText(window.from) : '', to: window ? isoText(window.to) : '' },
    checks: Object.fromEntries(checks),
  })
  session.context.say(
    `${path} holds ${runs} ${runs === 1 ? 'run' : 'runs'} of ${checks.length} regression checks`,
  )
}

/** From CI's variables, else from git; undefined outside a repository. */
function commitOf(env: NodeJS.ProcessEnv): string | undefined {
  const known = env.GITHUB_SHA || env.CI_COMMIT_SHA
  if (known) return known
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return undefined
  }
}
