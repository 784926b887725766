/** Findings about a trace: problems and notable facts, in one sentence each. */
import { cut } from '../../render/text.ts'
import { formatNumber, formatUnit, plural } from '../../units/units.ts'
import { oneLine } from '../text.ts'
import { skewOf } from './clock-skew.ts'
import { nanosBetween, parseInstant } from './instant.ts'
import { repeatedCall } from './n-plus-one.ts'
import { displayName, groupName } from './span-name.ts'
import { hasStart } from './span-row.ts'
import type { Finding, Repeat, Span, Trace } from './trace.ts'

/** A trace may still run until this long after its last span: most jobs are done by then. */
const STILL_RUNNING_NS = 10 * 60e9

const IDS_NAMED = 10

type Built = Omit<Trace, 'findings' | 'complete'>

/**
 * All findings, those about missing spans first.
 * @param now ISO text, without which no trace is called unfinished
 */
export function findings(trace: Built, now?: string): Finding[] {
  return [
    ...roots(trace),
    ...missingParents(trace),
    ...unfinished(trace, now),
    ...sampled(trace),
    ...loops(trace),
    ...duplicateRows(trace),
    ...withoutStart(trace),
    ...clocks(trace),
    ...afterRoot(trace),
    ...trace.repeats.map((repeat) => nPlusOne(repeat, trace)),
  ]
}

/** A longer statement is cut: the finding should stay a few lines. */
const STATEMENT = 120

function nPlusOne(repeat: Repeat, { duration }: Built): Finding {
  const { parent, spans, busyTime } = repeat
  const where = parent ? ` under ${groupName(parent.row)}` : ''
  const share = formatUnit(duration > 0 ? busyTime / duration : 0, 'percentunit')
  const { name, statement } = repeatedCall(repeat)
  const text = cut(oneLine(statement), STATEMENT)
  const how = spans[0]!.row.db_query ? '' : ', one after another'
  return finding(
    'n_plus_one',
    spans,
    `N+1: ${oneLine(name)} ×${formatNumber(spans.length)}${how}${where}, ${formatUnit(busyTime, 'ns')} (${share})${text && `: ${text}`}`,
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

function roots({ roots, missing, spans }: Built): Finding[] {
  const real = roots.filter(({ place }) => place === 'root')
  if (real.length > 1) {
    return [
      finding('several_roots', real, `${formatNumber(real.length)} roots: spans without a parent.`),
    ]
  }
  if (roots.some(isRoot)) return []
  const tops = missing.length > 0 ? missing.flatMap(({ children }) => children) : spans.slice(0, 1)
  return [finding('no_root', tops, 'No root: the first span of this trace is not stored.', true)]
}

/** A span that names itself as its parent has no other. */
function isRoot({ place }: Span): boolean {
  return place === 'root' || place === 'self'
}

function missingParents({ missing }: Built): Finding[] {
  if (missing.length === 0) return []
  const children = missing.flatMap((group) => group.children)
  return [
    finding(
      'missing_parent',
      children,
      `${plural(children.length, 'orphan', 'orphans')}: ${plural(missing.length, 'parent is', 'parents are')} not stored (lost, sampled out or still running).`,
      true,
    ),
  ]
}

function unfinished({ missing, roots, spans, origin, duration }: Built, now?: string): Finding[] {
  if (now === undefined) return []
  const ago = nanosBetween(origin, parseInstant(now)) - duration
  const open = missing.length > 0 || !roots.some(isRoot)
  if (!open || ago < 0 || ago > STILL_RUNNING_NS) return []
  const last = spans.reduce((latest, span) => (span.end > latest.end ? span : latest))
  return [
    finding(
      'unfinished',
      [last],
      `May still be running: its last span ended ${formatUnit(ago, 'ns')} ago.`,
      true,
    ),
  ]
}

function sampled({ spans }: Built): Finding[] {
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
        : `Sampled: adjusted count ${formatUnit(most, 'short')}.`,
      uneven,
    ),
  ]
}

function loops({ roots }: Built): Finding[] {
  const found: Finding[] = []
  const looped = roots.filter(({ place }) => place === 'loop')
  const selves = roots.filter(({ place }) => place === 'self')
  if (looped.length > 0) {
    const loops = plural(looped.length, 'loop', 'loops')
    const where = looped.length === 1 ? 'the earliest span' : 'the earliest span of each'
    found.push(finding('loop', looped, `${loops} of parents, opened at ${where}.`, true))
  }
  if (selves.length > 0) {
    found.push(
      finding(
        'self_parent',
        selves,
        `${plural(selves.length, 'span names itself as its parent: shown as a root.', 'spans name themselves as their parents: shown as roots.')}`,
      ),
    )
  }
  return found
}

function duplicateRows({ duplicates, sharedIds, spans }: Built): Finding[] {
  const found: Finding[] = []
  const of = (ids: string[]) => {
    const wanted = new Set(ids)
    return spans.filter(({ row }) => wanted.has(row.span_id))
  }
  if (duplicates.rows > 0) {
    found.push({
      ...finding(
        'duplicate',
        of(duplicates.ids),
        `${plural(duplicates.rows, 'duplicate row', 'duplicate rows')} left out.`,
      ),
      count: duplicates.rows,
    })
  }
  if (duplicates.versions > 0) {
    found.push({
      kind: 'versions',
      message: `${plural(duplicates.versions, 'older version', 'older versions')} of spans left out: the one that ends last is shown.`,
      count: duplicates.versions,
      span_ids: [],
      incomplete: false,
    })
  }
  if (sharedIds.length > 0) {
    const spans = of(sharedIds)
    found.push(
      finding(
        'shared_id',
        spans,
        `${formatNumber(spans.length)} different spans share ${plural(sharedIds.length, 'id', 'ids')}: all are shown.`,
      ),
    )
  }
  return found
}

function withoutStart({ spans }: Built): Finding[] {
  const found = spans.filter(({ row }) => !hasStart(row))
  if (found.length === 0) return []
  const what = plural(found.length, 'span has no start time', 'spans have no start time')
  return [finding('no_start', found, `${what} (0 was sent): drawn from the first known start.`)]
}

function clocks({ spans }: Built): Finding[] {
  const found: Finding[] = []
  const fixed = spans.filter(({ shift }) => shift !== 0)
  if (fixed.length > 0) {
    const most = fixed.reduce((max, { shift }) => Math.max(max, Math.abs(shift)), 0)
    found.push(
      finding(
        'skew_fixed',
        fixed,
        `--skew fix moved ${plural(fixed.length, 'span', 'spans')} by up to ${formatUnit(most, 'ns')}: times differ from the stored ones.`,
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
        `Clock skew: ${plural(skewed.length, 'span is', 'spans are')} up to ${formatUnit(most, 'ns')} off (--skew fix corrects them).`,
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

function afterRoot({ main, duration, spans }: Built): Finding[] {
  const later = spans.filter((span) => span.end > main.end && skewOf(span) === 0)
  const rest = duration - main.end
  if (later.length === 0 || main.place !== 'root') return []
  return [
    finding(
      'outlives_root',
      later,
      `${plural(later.length, 'span ends', 'spans end')} up to ${formatUnit(rest, 'ns')} after ${displayName(main.row)} (${formatUnit(main.duration, 'ns')}).`,
    ),
  ]
}
