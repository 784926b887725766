/** Whether a statement reads spans, and whether it counts by weight. */
import { readsAll } from './prune.ts'
import { mentions, reads } from './sql-text.ts'

const RELATIONS = [
  'spans',
  'spans_narrow',
  'spans_nearby',
  'spans_failed',
  'spans_before',
  'red',
  'span_items',
  'span_failures',
  'shop_purchases',
]

/** Those with single spans of the window. */
const COUNTED = ['spans', 'spans_nearby', 'spans_failed', 'span_failures']

/** Whether a statement reads spans, by any relation. */
export function readsSpans(sql: string): boolean {
  return RELATIONS.some((name) => reads(sql, name))
}

/** Whether the result of a statement depends on the weights of spans. */
export function usesWeight(sql: string, where = ''): boolean {
  return (
    reads(sql, 'red') ||
    reads(sql, 'shop_purchases') ||
    reads(sql, 'span_items') ||
    (COUNTED.some((name) => reads(sql, name)) &&
      (readsAll(sql) || mentions(`${sql}\n${where}`, 'weight')))
  )
}
