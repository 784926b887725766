/** A log record as a line of the terminal. */
import { serviceName } from '../../render/cell.ts'
import type { Screen } from '../../render/renderer.ts'
import { cut, padEnd, printable } from '../../render/text.ts'
import { theme } from '../../render/theme.ts'
import { localTime } from '../../render/time.ts'
import type { Row } from '../../result.ts'

const SERVICE = 12
/** Columns of a body; where fewer remain, it goes below its line. */
const LEAST = 20
const SHORT_ID = 8

/** What a record without a body says: its exception, as errors show it. */
function exceptionText(attributes: unknown): string {
  const { 'exception.type': type = '', 'exception.message': message = '' } = (attributes ??
    {}) as Record<string, string>
  return [type, message].filter(Boolean).join(': ')
}

/** @param whole whether nothing is cut */
export function logLine(row: Row, screen: Screen, whole: boolean): string {
  const { dim, error, warning, service } = theme(screen.colour)
  const severity = printable(String(row.severity)).toUpperCase() || '–'
  const level = Number(row.level)
  const paint = level >= 17 ? error : level >= 13 ? warning : undefined
  const name = serviceName(printable(String(row.service)))
  const clock = localTime(String(row.time), screen.timeZone, 3)?.clock ?? String(row.time)
  const id = whole ? String(row.trace_id) : String(row.trace_id).slice(0, SHORT_ID)
  const body = printable(String(row.body) || exceptionText(row.attributes))
  const fixed = clock.length + id.length + 13
  const room = screen.width - fixed - SERVICE
  const isNarrow = !whole && room < LEAST
  const wide = isNarrow ? Math.max(4, screen.width - fixed + 2) : SERVICE
  const text = whole ? body : padEnd(cut(body, room), room)
  return [
    dim(clock),
    (paint ?? ((plain: string) => plain))(padEnd(cut(severity, 5), 5)),
    service(name)(padEnd(whole ? name : cut(name, wide), wide)),
    ...(isNarrow ? [dim(id)] : [text, dim(id)]),
  ]
    .join('  ')
    .trimEnd()
    .concat(isNarrow ? `\n  ${cut(body, screen.width - 2)}` : '')
}
