/** Baselines: a file of runs, another window or another profile. */
import { existsSync } from 'node:fs'
import { arch, cpus, platform } from 'node:os'
import { usage } from '../../errors.ts'
import type { BaselineWindow, GateCheck, Than } from '../../gate/file/model.ts'
import { histogram, spread } from '../../gate/stats/histogram.ts'
import { type OptionFlags, readOptions } from '../../options/options.ts'
import { writeTextFile } from '../../output/new-file.ts'
import type { SpansSource } from '../../query/compose/source.ts'
import { readError, readText } from '../../query/files.ts'
import { filtersOf } from '../../query/filters/list.ts'
import { type Condition, type Filters, NO_FILTERS } from '../../query/filters.ts'
import { isoText } from '../../query/window.ts'
import { withSession } from '../open.ts'
import { simplest } from '../sampling.ts'
import type { Session } from '../session.ts'
import { type Drawn, readSample } from './measure.ts'
import { joinFilters, placed, sourceOf } from './spans.ts'

/** One run of a baseline file. */
export interface BaselineRun {
  at: string
  commit?: string
  machine: string
  /** Names and versions of the spans' SDKs. */
  sdks: string[]
  /** Service and name of the operations; absent in files of earlier versions. */
  operations?: string[]
  window: { from: string; to: string }
  /** By the checks' names. */
  checks: Record<string, RunSample>
}

export interface RunSample {
  traces: number
  /** [bucket, count]: bucket i holds durations from 1.02^i ns on. */
  histogram: [number, number][]
  /** Durations in ns, where there are at most 5,000. */
  values?: number[]
}

interface BaselineFile {
  version: 1
  runs: BaselineRun[]
}

const MOST_VALUES = 5000
const MOST_RUNS = 50
/** Of a baseline file: far more than its runs take. */
const MOST_BYTES = 2 ** 26

/** A check's durations in each run of a baseline file; none without the file or the check. */
export function readBaselineFile(path: string, check: string): Baseline {
  const runs = existsSync(path) ? readFile(path).runs : []
  const known = runs.flatMap(({ checks, machine }) => {
    const sample = checks[check]
    return sample ? [{ sample, machine }] : []
  })
  const here = machineText()
  const other = known.find(({ machine }) => machine !== here)?.machine
  return {
    runs: known.map(
      ({ sample }) => sample.values ?? spread(new Map(sample.histogram), MOST_VALUES),
    ),
    what: other === undefined ? path : `${path}, with runs of another machine: ${other}`,
  }
}

/** The newest run of a baseline file; undefined without the file. */
export function lastRun(path: string): BaselineRun | undefined {
  return existsSync(path) ? readFile(path).runs.at(-1) : undefined
}

function readFile(path: string): BaselineFile {
  try {
    const file = JSON.parse(readText(path, { most: MOST_BYTES })) as BaselineFile
    if (file.version === 1 && Array.isArray(file.runs)) return file
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw readError(path, error)
  }
  throw usage(`${path} is not a baseline file`, 'write one: otrace check --save-baseline')
}

/** Adds a run to a baseline file and drops the oldest runs beyond 50. */
export function saveBaselineRun(path: string, run: BaselineRun): number {
  const before = existsSync(path) ? readFile(path).runs : []
  const runs = [...before, run].slice(-MOST_RUNS)
  // One line per run keeps diffs short.
  const lines = runs.map((one) => JSON.stringify(one)).join(',\n')
  writeTextFile(path, `{"version":1,"runs":[\n${lines}\n]}\n`, {
    flag: '--save-baseline',
    replaces: true,
    elsewhere: 'name another file',
  })
  return runs.length
}

export function runSample(durations: number[]): RunSample {
  return {
    traces: durations.length,
    histogram: [...histogram(durations)].sort(([a], [b]) => a - b),
    ...(durations.length <= MOST_VALUES ? { values: durations } : {}),
  }
}

/** Properties of the machine that affect durations. */
export function machineText(): string {
  const all = cpus()
  return `${all.length} × ${all[0]?.model.trim() ?? 'unknown'}, ${platform()} ${arch()}, Node ${process.versions.node}`
}

/** Durations of each run of a baseline, and its description. */
export interface Baseline {
  runs: number[][]
  what: string
}

/**
 * Durations of another window, cut into runs as long as the current window where it has at least five.
 * @param flags of the connection, as typed
 * @throws OtraceError (exit 2) with the place of an unknown profile or a malformed time
 */
export async function readBaselineWindow(
  session: Session,
  check: GateCheck,
  than: BaselineWindow,
  flags: OptionFlags,
): Promise<Baseline> {
  const { at, profile, since, start, end } = than
  const { window } = session.source
  const other: OptionFlags = profile === undefined ? { ...flags } : { profile }
  // By default a baseline ends at the start of the current window.
  const before = window ? new Date(Number(window.from / 1_000_000n)).toISOString() : undefined
  const sameWindow = !profile && !since && !start
  const times = sameWindow
    ? { from: flags.from, to: flags.to, since: flags.since }
    : { from: start, since, to: end ?? (profile === undefined ? before : undefined) }
  const options = await placed(at, async () =>
    readOptions({ ...other, ...times, weight: flags.weight }, session.context),
  )
  const extra = await placed(at, async () => versionFilters(than))
  const read = async (there: Session): Promise<Baseline> => {
    const source = { ...(await simplest(there)), filters: (await sourceOf(there, check)).filters }
    const filters = joinFilters(withoutKeysOf(source.filters, extra), extra)
    const drawn = await readSample(there, { ...source, filters })
    const { from, to } = source.window ?? {}
    const times =
      from === undefined
        ? ''
        : ` from ${isoText(from).slice(0, 19)}Z to ${isoText(to!).slice(0, 19)}Z`
    const what = [profile, ...(than.attr ?? []), ...(than.resource ?? [])]
      .filter(Boolean)
      .join(', ')
    return { runs: cutRuns(drawn, session), what: `${what}${times}`.trim() }
  }
  if (profile !== undefined) return withSession(options, session.context, read)
  // A local directory can be opened once.
  return read({ ...session, source: { ...session.source, window: options.window } })
}

/** The conditions that tell the baseline from the current spans. */
function versionFilters({ attr, resource }: BaselineWindow): Filters {
  return filtersOf({ ...(attr ? { attr } : {}), ...(resource ? { resource } : {}) }, (name) => name)
}

/** The check may choose the current version by the same key. */
function withoutKeysOf(filters: Filters, { conditions: others }: Filters): Filters {
  const keys = new Set(others.map(({ key }) => key))
  const conditions = filters.conditions.filter(({ key }) => key === undefined || !keys.has(key))
  return { ...filters, conditions }
}

/** The current spans, without those of a baseline in the same window. */
export function withoutBaseline(source: SpansSource, { from, ...than }: Than): SpansSource {
  if (from !== 'window' || !('at' in than) || than.profile || than.since || than.start)
    return source
  const conditions = versionFilters(than).conditions.flatMap((condition) => {
    const filter = condition.filter.replace(/-equals$/, '-differs') as Condition['filter']
    return filter === condition.filter ? [] : [{ ...condition, filter }]
  })
  return { ...source, filters: joinFilters(source.filters, { ...NO_FILTERS, conditions }) }
}

/** Windows as long as the current one, each treated as a run; one window below five of them. */
function cutRuns(drawn: Drawn[], { source: { window } }: Session): number[][] {
  const all = drawn.map(({ took }) => took)
  const [first, last] = [drawn[0]?.at ?? 0, drawn.at(-1)?.at ?? 0]
  const length = window ? Number(window.to - window.from) : 0
  const count = length > 0 ? Math.floor((last - first) / length) : 0
  if (count < 5) return [all]
  const runs: number[][] = Array.from({ length: Math.min(count, MOST_RUNS) }, () => [])
  for (const { took, at } of drawn) runs[Math.floor((last - at) / length)]?.push(took)
  return runs.filter((run) => run.length > 0)
}
