/** Sends spans in order of time, one request after the other, and records its progress. */
import { INVALID_ID, withOtlpIds } from '../../trace/export/ids.ts'
import { spansOtlp } from '../../trace/export/otlp.ts'
import type { SpanRow } from '../../trace/model/span-row.ts'
import type { Target } from './receiver.ts'
import { keyOf } from './target.ts'

/** Spans of one request. Spans of the same nanosecond stay together, up to ten times as many. */
const BATCH = 1000
const MOST_TOGETHER = 10 * BATCH
/** Characters of one request: collectors take 20 MiB by default. */
const MOST_TEXT = 4 * 2 ** 20

export interface Sender {
  /** Spans that were sent, and those that the target had. */
  sent: number
  known: number
  /** Those with an id that OTLP cannot carry. */
  odd: number
  /** Those from before 1970, which go without their time. */
  early: number
  /** ISO-8601: every span that started before it is in the target. */
  until: string
  add(row: SpanRow): Promise<void>
  /** Sends the rest. */
  end(): Promise<void>
}

/** @param from ISO-8601, where the copy begins */
export function sender(target: Target, from: string): Sender {
  let waiting: SpanRow[] = []
  const self: Sender = { sent: 0, known: 0, odd: 0, early: 0, until: from, add, end: flush }
  return self

  async function add(row: SpanRow): Promise<void> {
    const last = waiting.at(-1)
    const apart = last?.time !== row.time || waiting.length >= MOST_TOGETHER
    if (waiting.length >= BATCH && apart) {
      await flush()
      self.until = row.time
    }
    const ready = named(withOtlpIds(row))
    if (ready.attributes[INVALID_ID] !== row.attributes[INVALID_ID]) self.odd++
    if (row.time < '1970') self.early++
    waiting.push(ready)
  }

  async function flush(): Promise<void> {
    if (waiting.length === 0) return
    const known = await target.known?.(waiting)
    const missing = known ? waiting.filter((row) => !known.has(keyOf(row))) : waiting
    self.known += waiting.length - missing.length
    await send(missing)
    waiting = []
  }

  async function send(rows: SpanRow[]): Promise<void> {
    if (rows.length === 0) return
    const text = [...spansOtlp(rows)].join('')
    const half = rows.length >> 1
    if (text.length > MOST_TEXT && half > 0) {
      await send(rows.slice(0, half))
      return send(rows.slice(half))
    }
    await target.send('traces', text)
    self.sent += rows.length
  }
}

/** Some schemas keep the name of the service apart from the resource. */
function named(row: SpanRow): SpanRow {
  if (row.service === '' || row.resource['service.name'] !== undefined) return row
  return { ...row, resource: { ...row.resource, 'service.name': row.service } }
}
