/** The ready checks: N+1, exceptions, attributes, operations, complete traces. */
import { DEPRECATED_ATTRIBUTES } from '../../gate/deprecated.ts'
import { countOf, countText, type Judged, NO_SPANS } from '../../gate/evaluate/expect.ts'
import { judgeFound, shareText } from '../../gate/evaluate/ready.ts'
import { TEST_NAMES } from '../../gate/evaluate/test-name.ts'
import type { CheckTest } from '../../gate/file/model.ts'
import type { ParamValue } from '../../query/compose/bound-query.ts'
import type { SpansSource } from '../../query/compose/source.ts'
import { didYouMean } from '../../query/did-you-mean.ts'
import { isUnfiltered } from '../../query/filters.ts'
import { serviceName } from '../../render/cell.ts'
import type { Row } from '../../result.ts'
import { builtInQuery, queryRows } from '../run.ts'
import type { Session } from '../session.ts'
import { type Operations, readKeys } from './names.ts'
import { traceCommandText } from './spans.ts'

export interface Asked {
  session: Session
  source: SpansSource
  operations: Operations
  sampled: boolean
  /** Connection flags, for commands in the report. */
  place: string[]
}

type Test<Kind extends CheckTest['kind']> = CheckTest & { kind: Kind }

const rowsOf = ({ session, source }: Asked, name: string, given: Record<string, ParamValue> = {}) =>
  queryRows(session, builtInQuery(`internal/gate/${name}.sql`, given, source))

/** Spans the check covers. */
export async function countSpans(asked: Asked): Promise<number> {
  const { session, source, operations } = asked
  if (isUnfiltered(source.filters)) return operations.spans
  const [row] = await queryRows(session, builtInQuery('internal/store/extent.sql', {}, source))
  return Number(row?.spans ?? 0)
}

export async function checkNPlusOne(asked: Asked, { most }: Test<'n-plus-one'>): Promise<Judged> {
  const [[counted], rows] = await Promise.all([
    rowsOf(asked, 'traces'),
    rowsOf(asked, 'n-plus-one', { most }),
  ])
  const n = Number(counted?.traces ?? 0)
  const [worst] = rows
  const judged = judgeFound({
    test: TEST_NAMES['n-plus-one'],
    n,
    unit: 'traces',
    offending: Number(worst?.offending ?? 0),
    summary: worst
      ? `${worst.name} runs up to ${countText(Number(worst.most))} times in one call, allowed ${most}`
      : `no statement runs more than ${most} times in one call`,
    notes: rows
      .slice(0, 5)
      .map(
        (row) =>
          `${serviceName(String(row.service))}: ${row.name}, in ${countOf(Number(row.traces), 'trace')}`,
      ),
    sampled: asked.sampled,
  })
  return withExample(judged, worst?.worst_trace, asked)
}

export async function checkExceptions(
  asked: Asked,
  { types }: Test<'exceptions'>,
): Promise<Judged> {
  const [n, found] = await Promise.all([countSpans(asked), rowsOf(asked, 'exceptions', { types })])
  const rows = found.filter(({ named }) => named)
  const spans = rows.reduce((sum, row) => sum + Number(row.offending), 0)
  const judged = judgeFound({
    test: TEST_NAMES.exceptions,
    n,
    unit: 'spans',
    offending: spans,
    summary:
      spans > 0
        ? `${countOf(spans, 'span')}: ${rows.map((row) => `${row.type} ×${row.spans}`).join(', ')}`
        : `no ${types.join(', ') || 'exception'} in ${countOf(n, 'span')}`,
    notes: nearTypes(types, found),
    sampled: asked.sampled,
  })
  return withExample(judged, rows[0]?.trace, asked)
}

/** A type without spans may be a typo of one with spans. */
function nearTypes(types: string[], found: Row[]): string[] {
  const seen = found.map(({ type }) => String(type))
  return types.flatMap((type) => {
    const meant = seen.includes(type) ? undefined : didYouMean(type, seen)
    return meant ? [`no span has ${type}, but some have ${meant}: did you mean that?`] : []
  })
}

export async function checkAttributes(
  asked: Asked,
  { keys, share }: Test<'attributes'>,
): Promise<Judged> {
  const rows = await rowsOf(asked, 'coverage', { keys })
  const [worst] = rows
  const n = Number(worst?.spans ?? 0)
  const missing = Number(worst?.missing ?? 0)
  const lacking = rows.filter((row) => Number(row.missing) > n * (1 - share) + 1e-9)
  const notes = await Promise.all(lacking.map((row) => nearKey(asked, row)))
  const judged = judgeFound({
    test: TEST_NAMES.attributes,
    n,
    unit: 'spans',
    offending: missing,
    allowed: Math.floor(n * (1 - share) + 1e-9),
    summary:
      missing > 0
        ? `${worst!.key} is missing on ${shareText(missing, n, 'spans')}`
        : `${keys.join(', ')} on each of ${countOf(n, 'span')}`,
    notes: notes.filter((note) => note !== ''),
  })
  return withExample(judged, missing > 0 ? worst?.example : undefined, asked)
}

/** The nearest existing key, for a key without spans. */
async function nearKey({ session }: Asked, { key, missing, spans }: Row): Promise<string> {
  if (Number(missing) < Number(spans)) return ''
  const keys = await readKeys(session)
  if (keys.has(String(key))) return `none of these spans has ${key}, but others have`
  const meant = didYouMean(String(key), keys)
  return `no span in the window has ${key}${meant ? `: did you mean ${meant}?` : ''}`
}

export async function checkDeprecated(
  asked: Asked,
  { except }: Test<'deprecated'>,
): Promise<Judged> {
  const keys = Object.keys(DEPRECATED_ATTRIBUTES).filter((key) => !except.includes(key))
  const [n, rows] = await Promise.all([countSpans(asked), rowsOf(asked, 'deprecated', { keys })])
  const judged = judgeFound({
    test: TEST_NAMES.deprecated,
    n,
    unit: 'spans',
    offending: Number(rows[0]?.offending ?? 0),
    summary:
      rows.length > 0
        ? `${countOf(rows.length, 'deprecated attribute name')} on ${shareText(Number(rows[0]!.offending), n, 'spans')}`
        : `no deprecated attribute name in ${countOf(n, 'span')}`,
    notes: rows.map(
      ({ key, spans, service }) =>
        `${key} on ${countOf(Number(spans), 'span')} of ${serviceName(String(service))}: now ${DEPRECATED_ATTRIBUTES[String(key)]}`,
    ),
  })
  return withExample(judged, rows[0]?.example, asked)
}

export async function checkOperations(
  asked: Asked,
  { names }: Test<'operations'>,
): Promise<Judged> {
  const rows = await rowsOf(asked, 'operations')
  const seen = new Set(rows.map(({ name }) => String(name)))
  const missing = names.filter((name) => !seen.has(name))
  const n = rows.reduce((sum, row) => sum + Number(row.spans), 0)
  const found = { test: TEST_NAMES.operations, n, value: countText(missing.length), limit: '0' }
  if (n === 0) return { ...NO_SPANS, ...found }
  if (missing.length === 0) {
    const summary = `all ${countText(names.length)} operations are there`
    return { ...found, verdict: 'pass', summary, notes: [] }
  }
  const notes = missing.flatMap((name) => {
    const meant = didYouMean(name, seen)
    return meant ? [`${name}: did you mean ${meant}?`] : []
  })
  return { ...found, verdict: 'fail', summary: `missing: ${missing.join(', ')}`, notes }
}

/** Exporters send a batch every 5 s, and a root only once it has ended. */
const ARRIVES_WITHIN_MS = 10_000

/** Nanoseconds since 1970 up to which spans have arrived; after each span of a settled window. */
function arrivedUntil({ session: { context }, source: { window } }: Asked): bigint {
  const now = context.now()
  // A window that ends in the future is that of a command that has ended and settled.
  const settled = window !== undefined && window.to > now
  return settled ? window.to + 3_600_000_000_000n : now - BigInt(ARRIVES_WITHIN_MS) * 1_000_000n
}

export async function checkComplete(asked: Asked, { share }: Test<'complete'>): Promise<Judged> {
  const [row] = await rowsOf(asked, 'complete', { arrived: String(arrivedUntil(asked)) })
  const late = Number(row?.left_out ?? 0)
  const [traces, incomplete] = [Number(row?.traces ?? 0), Number(row?.incomplete ?? 0)]
  const judged = judgeFound({
    test: TEST_NAMES.complete,
    n: traces,
    unit: 'traces',
    offending: incomplete,
    allowed: Math.floor(traces * (1 - share) + 1e-9),
    summary:
      incomplete > 0
        ? `${shareText(incomplete, traces, 'traces')} ${incomplete === 1 ? 'is' : 'are'} incomplete: ${countText(Number(row!.rootless))} without a root, ${countOf(Number(row!.missing_parents), 'parent')} not stored`
        : `${countOf(traces, 'trace')}, each complete`,
    notes:
      late > 0 ? [`${countOf(late, 'trace')} of the last 10 s left out: spans may still come`] : [],
  })
  return withExample(judged, incomplete > 0 ? row?.example : undefined, asked)
}

function withExample(judged: Judged, trace: unknown, { place }: Asked): Judged {
  if (!trace || judged.verdict === 'empty') return judged
  return { ...judged, command: traceCommandText(String(trace), place) }
}
