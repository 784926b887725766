/** The parts of a window that are copied one after the other. */
import { compose } from '../../query/compose/compose.ts'
import { readSql } from '../../query/files.ts'
import type { Nanos, Window } from '../../query/window.ts'
import { quietRows } from '../../session/run.ts'
import type { Session } from '../../session/session.ts'

export interface CopiedPart {
  from: Nanos
  /** Exclusive. */
  to: Nanos
  spans: number
}

/** Spans of a part, which the server sorts: 100 MB if each has 2 kB. A slice may have more. */
const PART_SPANS = 50_000
const SLICES = 5000n
const LEAST_STEP = 1_000_000n

/** The parts of the window that have spans, in order of time. */
export async function partsOf(session: Session, window: Window): Promise<CopiedPart[]> {
  const wanted = (window.to - window.from) / SLICES
  const step = wanted < LEAST_STEP ? LEAST_STEP : wanted
  const statement = compose(
    readSql('internal/copy/slices.sql'),
    { step: String(step) },
    { ...session.source, weighted: false },
  )
  const counts = (await quietRows(session, statement)).map(({ slice, spans }): [bigint, number] => [
    BigInt(String(slice)),
    Number(spans),
  ])
  return joinSlices(window, step, counts)
}

/**
 * Neighbouring slices of `step` ns, joined while a part has at most so many spans.
 * @param counts spans by the number of the slice, in order of time
 */
export function joinSlices(
  { from, to }: Pick<Window, 'from' | 'to'>,
  step: Nanos,
  counts: readonly (readonly [slice: bigint, spans: number])[],
  most = PART_SPANS,
): CopiedPart[] {
  const parts: CopiedPart[] = []
  for (const [slice, spans] of counts) {
    const start = from + slice * step
    const end = start + step < to ? start + step : to
    const last = parts.at(-1)
    if (last && last.spans + spans <= most) {
      last.to = end
      last.spans += spans
    } else parts.push({ from: start, to: end, spans })
  }
  return parts
}
