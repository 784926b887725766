/** What `otrace why` finds about the spans of a trace. */
import { withProgress } from '../../output/progress.ts'
import { NO_FILTERS } from '../../query/filters.ts'
import type { Nanos } from '../../query/window.ts'
import type { Session } from '../../session/session.ts'
import { compareWindows } from '../../session/why/why.ts'
import { unixNanos } from '../../trace/model/instant.ts'
import { storedOperation } from '../../trace/model/span-name.ts'
import type { Span, Trace } from '../../trace/model/trace.ts'
import { formatRound, plural } from '../../units/units.ts'
import type { WhyFinding } from '../../why/finding.ts'
import { shownFindings } from '../../why/report.ts'
import { sentence } from '../../why/words/sentences.ts'

/**
 * Sentences by the first span that each is about, for the findings of the window of `length` ns that ends now, or of
 * one around an older trace, against the window before. Says on stderr what it compared.
 */
export async function readWhyMarks(
  { context, ...session }: Session,
  trace: Trace,
  length: Nanos,
): Promise<Map<Span, string[]>> {
  const start = BigInt(unixNanos(trace.origin))
  const now = context.now()
  const to = start >= now - length && start < now ? now : start + length / 2n
  const window = { from: to - length, to, bucket: 60 }
  const baseline = { from: to - 2n * length, to: to - length, bucket: 60 }
  const asked = { ...session, context, source: { ...session.source, filters: NO_FILTERS } }
  const { findings, changed } = await withProgress(context.stderr, (tell) =>
    compareWindows(asked, { window, baseline }, tell),
  )
  const shown = shownFindings(findings)
  const marks = new Map<Span, string[]>()
  let elsewhere = 0
  for (const [i, finding] of shown.entries()) {
    const span = spanOf(finding, trace)
    if (span) marks.set(span, [...(marks.get(span) ?? []), `${i + 1}. ${sentence(finding)}`])
    else elsewhere++
  }
  const text = formatRound(Number(length), 'ns')
  const [before, after] = changed.requests
  const compared = `${plural(after, 'request')} in ${text} against ${before} in the ${text} before`
  const others = elsewhere === 0 ? '' : `; ${elsewhere} about spans that this trace lacks`
  context.say(
    shown.length === 0
      ? `why: nothing that ${compared} can show`
      : `why: ${plural(shown.length, 'finding')} in ${compared}${others}`,
  )
  return marks
}

/** The span that a finding is about: the longest, or the first that fails. */
function spanOf({ kind, service, name, detail, unit }: WhyFinding, trace: Trace): Span | undefined {
  const called = kind === 'more calls' || kind === 'newly called'
  const named = kind === 'newly called' ? (detail ?? '') : name
  const own = trace.spans.filter(
    ({ row, parent }) =>
      (name === '' || storedOperation(row) === named) &&
      (called ? parent?.row.service === service : row.service === service) &&
      // Perhaps with a client span between them.
      (kind !== 'more calls' ||
        [parent, parent?.parent].some((one) => one && storedOperation(one.row) === detail)),
  )
  const failed = unit === 'percentunit' ? own.filter(({ row }) => row.is_error) : []
  return (failed.length > 0 ? failed : own).toSorted((a, b) => b.duration - a.duration)[0]
}
