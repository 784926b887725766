/** A span or a trace on one line. */
import { cellText, serviceName } from '../../render/cell.ts'
import type { Screen } from '../../render/renderer.ts'
import { cut, padEnd, padStart, printable } from '../../render/text.ts'
import { theme } from '../../render/theme.ts'
import { localTime } from '../../render/time.ts'
import type { Row } from '../../result.ts'
import { formatUnit } from '../../units/units.ts'

export interface TailLine {
  row: Row
  /** Nanoseconds from its end to its arrival. */
  lag: bigint
  /** Keys of the shown attributes. */
  show: string[]
  /** What is stored of its trace, for a root. */
  trace?: Row | undefined
}

const SERVICE = 12
const DURATION = 8
/** Columns of a text; where fewer remain, it goes below its line. */
const LEAST = 16
/** Digits of an id that `otrace trace` takes. */
const SHORT_ID = 8

/** @param whole the whole trace id, and nothing cut: for a pipe */
export function spanLine({ row, show }: TailLine, screen: Screen, whole: boolean): string {
  const values = (row.shown ?? []) as string[]
  const shown = show.flatMap((key, i) =>
    values[i] ? [`${printable(key)}=${printable(values[i])}`] : [],
  )
  const failed = row.status === 'error'
  const message = failed && row.message ? printable(String(row.message)) : ''
  return lineOf(row, [message, ...shown], failed, screen, whole)
}

export function traceLine({ row, trace }: TailLine, screen: Screen, whole: boolean): string {
  const count = (name: string, noun: string) => {
    const amount = Number(trace?.[name] ?? 0)
    return `${amount} ${amount === 1 ? noun : `${noun}s`}`
  }
  const failed = row.status === 'error' || Number(trace?.errors ?? 0) > 0
  const more = [
    count('spans', 'span'),
    count('services', 'service'),
    failed ? count('errors', 'error') : '',
  ]
  return lineOf(row, [more.filter(Boolean).join(', ')], failed, screen, whole)
}

function lineOf(row: Row, more: string[], failed: boolean, screen: Screen, whole: boolean) {
  const { dim, error, service } = theme(screen.colour)
  const time = localTime(String(row.time), screen.timeZone, 3)
  const name = serviceName(printable(String(row.service)))
  const took = formatUnit(Number(row.duration), 'ns')
  const id = String(row.trace_id)
  const text = [cellText(row.name, { name: 'name', type: 'String' }), ...more.filter(Boolean)].join(
    '  ',
  )
  const head = `${time?.clock ?? row.time}  `
  const tail = whole ? id : id.slice(0, SHORT_ID)
  const fixed = head.length + DURATION + tail.length
  const room = screen.width - fixed - SERVICE - 8
  const isNarrow = !whole && room < LEAST
  const wide = isNarrow ? Math.max(4, screen.width - fixed - 5) : SERVICE
  const body = whole ? text : isNarrow ? cut(text, screen.width - 2) : padEnd(cut(text, room), room)
  const shown = failed ? error(body) : body
  return [
    dim(head),
    service(name)(padEnd(whole ? name : cut(name, wide), wide)),
    '  ',
    padStart(took, DURATION),
    failed ? error(' ✗ ') : '   ',
    ...(isNarrow ? [dim(tail), `\n  ${shown}`] : [shown, '  ', dim(tail)]),
  ].join('')
}
