/** Whether a statement counts by weight; pure. */
import { readsAll } from './prune.ts'
import { mentions, reads } from './sql.ts'

/** Whether it makes a difference to a statement over `spans` or `red` how many spans a sampled one stands for. */
export function weighs(sql: string, where = ''): boolean {
  return (
    reads(sql, 'red') ||
    (reads(sql, 'spans') && (readsAll(sql) || mentions(`${sql}\n${where}`, 'weight')))
  )
}
