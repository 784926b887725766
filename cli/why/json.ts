/** The report of `why` as JSON. */
import type { Cell } from '../result.ts'
import type { Changed } from './changed.ts'
import { shareOf, type WhyFinding } from './finding.ts'
import { nextCommand, type WhyReport } from './report.ts'
import { nothing } from './words/changes.ts'
import { isoTime } from './words/numbers.ts'
import { sentence } from './words/sentences.ts'

/** One object: `windows`, `changed`, `findings`, `unexplained`, `sharesOf`, `unexplainedFailing`, `traces`, `notes`. */
export function whyJson(report: WhyReport): string {
  const { changed, findings, examples, windows, times, notes, advice } = report
  const { unexplained, unexplainedFailing, rose } = report
  const isEmpty = changed.requests.includes(0)
  return `${JSON.stringify(
    {
      windows: {
        before: { text: windows.before, ...times[0] },
        after: { text: windows.after, ...times[1] },
      },
      changed: isEmpty ? withoutDurations(changed) : changed,
      findings: findings.map((finding) => jsonFinding(report, finding)),
      unexplained: isEmpty ? null : (unexplained ?? null),
      sharesOf: isEmpty ? null : (rose ?? null),
      unexplainedFailing: isEmpty ? null : (unexplainedFailing ?? null),
      traces: examples,
      notes: isEmpty ? [nothing(changed, advice), ...notes] : notes,
    },
    null,
    2,
  )}\n`
}

/** A side without requests has no durations, and nothing is compared with it. */
function withoutDurations({ requests, quantiles, mean, ...others }: Changed) {
  const [hasBefore, hasAfter] = requests.map((some) => some > 0)
  const none = { value: null }
  return {
    ...{ requests, ...others, errorDifference: null, meanDifference: null },
    quantiles: quantiles.map(({ level, before, after }) => ({
      level,
      before: hasBefore ? before : none,
      after: hasAfter ? after : none,
    })),
    mean: [hasBefore ? mean[0] : null, hasAfter ? mean[1] : null],
  }
}

/** The keys of a finding in JSON and CSV, in order. */
export const FINDING_KEYS = [
  ...(['kind', 'service', 'name', 'peer', 'attribute', 'detail', 'share', 'share_of'] as const),
  ...(['before', 'after', 'unit', 'interval', 'count', 'spans', 'traces'] as const),
  ...(['first_seen', 'last_seen', 'score', 'certain', 'repeated', 'sentence', 'next'] as const),
] as const

/** A finding with its sentence; every key is always there. */
export function jsonFinding(
  report: WhyReport,
  finding: WhyFinding,
): Record<(typeof FINDING_KEYS)[number], Cell> {
  const { kind, service, name, peer, attribute, detail, share } = finding
  const { before, after, unit, interval, count, spans, traces, seen, score, certain, repeated } =
    finding
  return {
    kind,
    service,
    name,
    peer: peer ?? null,
    attribute: attribute ?? null,
    detail: detail ?? null,
    share: share ?? null,
    share_of: shareOf(finding) ?? null,
    before,
    after,
    unit,
    interval,
    count,
    spans,
    traces,
    first_seen: seen ? isoTime(seen.first) : null,
    last_seen: seen ? isoTime(seen.last) : null,
    score,
    certain,
    repeated: repeated ?? false,
    sentence: sentence(finding),
    next: nextCommand(report, finding),
  }
}
