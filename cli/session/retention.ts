/** Describes the retention of the local store. */

import type { Retention } from '../store/client.ts'
import { formatUnit } from '../units/units.ts'

/** The command that changes the retention. */
export const RETENTION_ADVICE = 'to keep more or less: otrace up --retention 30d --max-disk 50GB'

/** One sentence on one line; `undefined` means that no collector runs on the store. */
export function retentionText(retention: Retention | undefined): string {
  if (!retention) {
    return 'otrace up by default keeps the last 7 days, and at most half of the free disk'
  }
  const { days, maxBytes } = retention
  const last = Number.isInteger(days) && days > 1 ? `${days} days` : formatUnit(days * 86_400, 's')
  return `the collector keeps the last ${last}, and at most ${formatUnit(maxBytes, 'bytes')}`
}
