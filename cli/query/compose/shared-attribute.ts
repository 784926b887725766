/** Whether any resource of a window has an attribute, from sums of hours. */
import { clauses } from '../prune.ts'
import type { Schema } from '../schema.ts'
import { isLong, type SpansSource } from './source.ts'

/** Whether sums of hours have the resources of all these spans, and asking them costs less than it may save. */
export function knowsShared({ summed, window }: SpansSource, around: string | undefined): boolean {
  const isOfWindow = around === undefined || around === 'before' || around === 'beside'
  return summed === true && isOfWindow && !window?.inverted && isLong(window)
}

/**
 * A subquery that is 1 if a resource of the hours of a window has the attribute {by:String}, else 0: the engine then
 * leaves resources unread.
 * @param window the conditions of a window on the time of a span; none for all stored spans
 */
export function anyShared({ sql }: Schema, window: string[]): string {
  const { columns, rest } = clauses(sql)
  const resource = columns
    .find(({ name }) => name === 'resource')!
    .text.replace(/ AS resource$/, '')
  const hours = window.map((condition) =>
    condition
      .replace(/^\w+/, 'toStartOfHour($&)')
      .replace(/>= (\{.*\})/, (_, from) => `>= toStartOfHour(${from})`),
  )
  const where = hours.length === 0 ? '' : `WHERE ${hours.join(' AND ')}`
  const each = `SELECT any(${resource}) AS one ${rest} ${where} GROUP BY cityHash64(${resource})`
  return `(SELECT countIf(mapContains(one, {by:String})) > 0 FROM (${each}))`
}
