/** Waits until spans settle: roots ended, parents present, no new spans. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SpansSource } from '../../query/compose/source.ts'
import { NO_FILTERS } from '../../query/filters.ts'
import { formatNumber, plural } from '../../units/units.ts'
import { builtInQuery, quietRows } from '../run.ts'
import type { Session } from '../session.ts'

export interface Settled {
  verdict: 'settled' | 'half-arrived' | 'too few' | 'still arriving' | 'no data'
  /** Matching spans and their traces. */
  spans: number
  traces: number
  /** Traces whose completeness is judged; fewer than `traces` where there are very many. */
  judged: number
  rootless: number
  missingParents: number
  seconds: number
}

export interface SettleOptions {
  /** Milliseconds without a new span. */
  quiet: number
  /** Timeout in milliseconds. */
  timeout: number
  /** Least spans. */
  count: number
  /** Whether anything has reached the collector; if not, the wait for a first span is short. */
  reached?: () => boolean
  /** One trace instead of the matching spans' traces. */
  trace?: string
}

const LOOK_EVERY_MS = 200

/** The wait for a first span where nothing has reached the collector. */
const UNREACHED_MS = 2000

/** Polls until the spans settle or time runs out. A window without an explicit end grows. */
export async function waitForSettled(
  session: Session,
  { quiet, timeout, count, trace, reached = () => true }: SettleOptions,
  growing: boolean,
): Promise<Settled> {
  const { context } = session
  const started = performance.now()
  let before = ''
  let since = started
  for (;;) {
    const seen = await look(session, trace, growing)
    const now = performance.now()
    const state = `${seen.spans} ${seen.stored}`
    if (state !== before) since = now
    before = state
    const whole = seen.rootless + seen.missingParents === 0
    const calm = now - since >= quiet
    const seconds = (now - started) / 1000
    const enough = seen.spans >= Math.max(1, count)
    if (enough && whole && calm) return { ...seen, verdict: 'settled', seconds }
    const most = seen.spans > 0 || reached() ? timeout : Math.min(timeout, UNREACHED_MS)
    if (now - started >= most) {
      const verdict =
        seen.spans === 0
          ? 'no data'
          : !whole
            ? 'half-arrived'
            : enough
              ? 'still arriving'
              : 'too few'
      return { ...seen, verdict, seconds }
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: context.signal })
  }
}

async function look(session: Session, trace: string | undefined, growing: boolean) {
  const { source, context } = session
  const { window } = source
  // Host clocks differ, so a span may start slightly in the future.
  const open: SpansSource =
    growing && window
      ? { ...source, window: { ...window, to: context.now() + 60_000_000_000n } }
      : source
  const ask = async (name: string, given: Record<string, string[]>, where: SpansSource) =>
    (await quietRows(session, builtInQuery(`internal/gate/${name}.sql`, given, where)))[0]
  const matching = trace === undefined ? await ask('trace-ids', {}, open) : undefined
  const ids = trace === undefined ? ((matching?.trace_ids ?? []) as string[]) : [trace]
  const none = { spans: 0, stored: 0, traces: 0, judged: 0, rootless: 0, missingParents: 0 }
  if (ids.length === 0) return none
  // A trace given by id has no time window.
  const whole = {
    ...open,
    filters: NO_FILTERS,
    window: trace === undefined ? open.window : undefined,
  }
  const row = await ask('complete-of', { trace_ids: ids }, whole)
  const number = (key: string) => Number(row?.[key] ?? 0)
  return {
    spans: matching ? Number(matching.spans) : number('spans'),
    stored: number('spans'),
    traces: matching ? Number(matching.traces) : number('traces'),
    judged: number('traces'),
    rootless: number('rootless'),
    missingParents: number('missing_parents'),
  }
}

export function settledText(settled: Settled): string {
  const { verdict, spans, traces, judged, rootless, missingParents, seconds } = settled
  const counted = `${plural(spans, 'span')} in ${plural(traces, 'trace')}`
  const part =
    judged < traces ? `; completeness of ${formatNumber(judged)} of ${plural(traces, 'trace')}` : ''
  const after = `after ${seconds.toFixed(1)} s`
  if (verdict === 'half-arrived') {
    return `half-arrived ${after}: ${counted}, ${formatNumber(rootless)} without a root, ${plural(missingParents, 'parent')} not stored${part}`
  }
  return `${verdict} ${after}: ${counted}${part}`
}
