/** What is wrong or noteworthy about a trace, one sentence each; shown under the header and in `--json`. */
import { formatNumber, formatUnit } from '../render/units.ts'
import { nanosBetween, parseInstant } from './instant.ts'
import type { Repeat } from './repeats.ts'
import { skewOf } from './skew.ts'
import { commonName } from './statement.ts'
import { plural } from './text.ts'
import type { Span, Trace } from './tree.ts'

export const FINDING_KINDS = [
  'no_root',
  'several_roots',
  'missing_parent',
  'unfinished',
  'sampled',
  'loop',
  'self_parent',
  'duplicate',
  'shared_id',
  'skew',
  'skew_fixed',
  'starts_before_parent',
  'outlives_root',
  'n_plus_one',
] as const

export interface Finding {
  kind: (typeof FINDING_KINDS)[number]
  message: string
  /** How many spans it is about. */
  count: number
  /** The first of those spans. */
  span_ids: string[]
  /** The trace is known not to be all there. */
  incomplete: boolean
}

/** A trace whose last span ended less than this before it was asked for may still be running: most jobs are done by then. */
const STILL_RUNNING_NS = 10 * 60e9

const IDS_NAMED = 10

type Told = Omit<Trace, 'findings' | 'complete'>

/** Everything found, what hides spans first. `now` is ISO text; without it no trace is called unfinished. */
export function findings(trace: Told, now?: string): Finding[] {
  return [
    ...roots(trace),
    ...missingParents(trace),
    ...unfinished(trace, now),
    ...sampled(trace),
    ...loops(trace),
    ...copies(trace),
    ...clocks(trace),
    ...tail(trace),
    ...trace.repeats.map((repeat) => nPlusOne(repeat, trace)),
  ]
}

function nPlusOne({ parent, spans, covered }: Repeat, { elapsed }: Told): Finding {
  const where = parent ? ` under ${parent.row.name}` : ''
  const share = formatUnit(elapsed > 0 ? covered / elapsed : 0, 'percentunit')
  return finding(
    'n_plus_one',
    spans,
    `N+1: ${commonName(spans[0]!.row)} ×${formatNumber(spans.length)}${where}, ${formatUnit(covered, 'ns')} (${share})`,
  )
}

function finding(
  kind: Finding['kind'],
  spans: readonly Span[],
  message: string,
  incomplete = false,
): Finding {
  const ids = spans.slice(0, IDS_NAMED).map(({ row }) => row.span_id)
  return { kind, message, count: spans.length, span_ids: ids, incomplete }
}

function roots({ roots, missing, spans }: Told): Finding[] {
  const real = roots.filter(({ place }) => place === 'root')
  if (real.length > 1) {
    return [
      finding(
        'several_roots',
        real,
        `${formatNumber(real.length)} spans have no parent: several roots in one trace.`,
      ),
    ]
  }
  if (roots.some(isRoot)) return []
  const tops = missing.length > 0 ? missing.flatMap(({ children }) => children) : spans.slice(0, 1)
  return [finding('no_root', tops, 'No root: the span that began this trace is not stored.', true)]
}

/** A span that names itself as its parent has no other. */
function isRoot({ place }: Span): boolean {
  return place === 'root' || place === 'self'
}

function missingParents({ missing }: Told): Finding[] {
  if (missing.length === 0) return []
  const children = missing.flatMap((group) => group.children)
  return [
    finding(
      'missing_parent',
      children,
      `Not stored: ${plural(missing.length, 'parent', 'parents')} of ${plural(children.length, 'span', 'spans')} (lost, sampled out or running).`,
      true,
    ),
  ]
}

function unfinished({ missing, roots, spans, origin, duration }: Told, now?: string): Finding[] {
  if (now === undefined) return []
  const ago = nanosBetween(origin, parseInstant(now)) - duration
  const open = missing.length > 0 || !roots.some(isRoot)
  if (!open || ago < 0 || ago > STILL_RUNNING_NS) return []
  const last = spans.reduce((latest, span) => (span.end > latest.end ? span : latest))
  return [
    finding(
      'unfinished',
      [last],
      `It may still be running: its last span ended ${formatUnit(ago, 'ns')} ago.`,
      true,
    ),
  ]
}

function sampled({ spans }: Told): Finding[] {
  const weighted = spans.filter(({ row }) => row.weight > 1)
  if (weighted.length === 0) return []
  const most = weighted.reduce((max, { row }) => Math.max(max, row.weight), 1)
  const uneven = weighted.length < spans.length || weighted.some(({ row }) => row.weight !== most)
  return [
    finding(
      'sampled',
      weighted,
      uneven
        ? `Sampled unevenly (${formatNumber(weighted.length)} of ${formatNumber(spans.length)} spans, up to ×${formatUnit(most, 'short')}): parts may be missing.`
        : `Sampled: this trace stands for ${formatUnit(most, 'short')} like it.`,
      uneven,
    ),
  ]
}

function loops({ roots }: Told): Finding[] {
  const found: Finding[] = []
  const looped = roots.filter(({ place }) => place === 'loop')
  const selves = roots.filter(({ place }) => place === 'self')
  if (looped.length > 0) {
    const loops = plural(looped.length, 'loop', 'loops')
    const where = looped.length === 1 ? 'its earliest span' : 'their earliest spans'
    found.push(finding('loop', looped, `${loops} of parents, opened at ${where}.`, true))
  }
  if (selves.length > 0) {
    found.push(
      finding(
        'self_parent',
        selves,
        `${plural(selves.length, 'span names itself as its parent: a root.', 'spans name themselves as their parents: roots.')}`,
      ),
    )
  }
  return found
}

function copies({ duplicates, sharedIds, spans }: Told): Finding[] {
  const found: Finding[] = []
  const of = (ids: string[]) => {
    const wanted = new Set(ids)
    return spans.filter(({ row }) => wanted.has(row.span_id))
  }
  if (duplicates.copies > 0) {
    found.push({
      ...finding(
        'duplicate',
        of(duplicates.copied),
        `${plural(duplicates.copies, 'row is a copy', 'rows are copies')} of spans that are here: counted once.`,
      ),
      count: duplicates.copies,
    })
  }
  if (sharedIds.length > 0) {
    const spans = of(sharedIds)
    found.push(
      finding(
        'shared_id',
        spans,
        `${formatNumber(spans.length)} spans share ${plural(sharedIds.length, 'id', 'ids')} but not the content: all are kept.`,
      ),
    )
  }
  return found
}

function clocks({ spans }: Told): Finding[] {
  const found: Finding[] = []
  const fixed = spans.filter(({ shift }) => shift !== 0)
  if (fixed.length > 0) {
    const most = fixed.reduce((max, { shift }) => Math.max(max, Math.abs(shift)), 0)
    found.push(
      finding(
        'skew_fixed',
        fixed,
        `--skew fix moved ${plural(fixed.length, 'span', 'spans')} by up to ${formatUnit(most, 'ns')}: times are not as stored.`,
      ),
    )
  }
  const skewed = spans.filter((span) => skewOf(span) !== 0)
  if (skewed.length > 0) {
    const most = skewed.reduce((max, span) => Math.max(max, Math.abs(skewOf(span))), 0)
    found.push(
      finding(
        'skew',
        skewed,
        `${plural(skewed.length, 'span has a clock', 'spans have clocks')} up to ${formatUnit(most, 'ns')} off; the path allows for it (--skew fix).`,
      ),
    )
  }
  const early = spans.filter(
    (span) => span.parent && span.start < span.parent.start && skewOf(span) === 0,
  )
  if (early.length > 0) {
    found.push(
      finding(
        'starts_before_parent',
        early,
        `${plural(early.length, 'span starts before its', 'spans start before their')} parent on the same host.`,
      ),
    )
  }
  return found
}

function tail({ main, duration, spans }: Told): Finding[] {
  const later = spans.filter((span) => span.end > main.end && skewOf(span) === 0)
  const rest = duration - main.end
  if (later.length === 0 || main.place !== 'root') return []
  return [
    finding(
      'outlives_root',
      later,
      `${plural(later.length, 'span ends', 'spans end')} up to ${formatUnit(rest, 'ns')} after ${main.row.name} (${formatUnit(main.duration, 'ns')}).`,
    ),
  ]
}
