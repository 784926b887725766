/** How long the local store keeps what it has, in words; for the commands that tell about it. */
import { formatUnit } from './render/units.ts'
import type { Retention } from './store/store.ts'

/** What to type for something else. */
export const RETENTION_ADVICE = 'to keep more or less: otrace up --retention 30d --max-disk 50GB'

/** A sentence of one line; undefined stands for a store that no collector runs on. */
export function retentionText(retention: Retention | undefined): string {
  if (!retention) {
    return 'otrace up by default keeps the last 7 days, and at most half of the free disk'
  }
  const { days, maxBytes } = retention
  const last = Number.isInteger(days) && days > 1 ? `${days} days` : formatUnit(days * 86_400, 's')
  return `the collector keeps the last ${last}, and at most ${formatUnit(maxBytes, 'bytes')}`
}
