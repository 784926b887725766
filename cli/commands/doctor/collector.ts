/** Checks of the local collector: what it refused, quarantined, lost or cannot store. */

import type { CollectorCounters } from '../../store/client.ts'
import { plural } from '../../units/units.ts'
import type { Check } from './checks.ts'

/** A load that takes longer than this is stuck, in milliseconds. */
const STUCK_MS = 60_000

/** The counters of a collector as checks; one line when all is well. */
export function collectorChecks({
  rejected,
  brokenParts,
  damagedParts,
  lost,
  overdue,
  signals,
}: CollectorCounters): Check[] {
  const found: Check[] = []
  const warn = (text: string, advice: string) =>
    found.push({ about: 'collector', state: 'warning', found: text, advice })
  if (lost.length > 0)
    warn(
      `files of ${lost.join(', ')} had been deleted before the start`,
      'they began empty: put back a copy of the data directory if there is one',
    )
  for (const { signal, waiting, quarantined, lost = 0, lagMs, failure } of signals) {
    if (lost > 0)
      warn(
        `${plural(lost, 'row')} of ${signal} lost: their spool files were removed before they were stored`,
        'put the files back: they are stored then',
      )
    if (quarantined > 0)
      warn(
        `${plural(quarantined, 'file')} of ${signal} could not be stored`,
        `read the reasons in spool/${signal}/quarantine of the data directory`,
      )
    if (failure !== undefined) warn(`storing ${signal} fails: ${failure}`, 'fix what it names')
    else if (lagMs > STUCK_MS)
      warn(
        `${plural(waiting, 'row')} of ${signal} waiting to be stored`,
        'see `otrace up --status`',
      )
  }
  if (brokenParts > 0)
    warn(
      `${plural(brokenParts, 'broken part is', 'broken parts are')} detached: ${brokenParts === 1 ? 'its' : 'their'} rows are missing`,
      'check the disk; the parts are in clickhouse/store/**/detached of the data directory',
    )
  for (const part of damagedParts)
    warn(
      `a part is damaged, and statements that read it fail: ${part}`,
      'check the disk; restore the part in clickhouse/ of the data directory, or remove it',
    )
  for (const { id, seconds, statement } of overdue)
    warn(
      `statement ${id} ignores its limits for ${seconds} s: ${statement}`,
      'restart `otrace up` if it does not end',
    )
  const reasons = Object.entries(rejected)
  if (reasons.length > 0) {
    const counts = reasons.map(([reason, count]) => `${reason} ×${count}`)
    warn(`requests refused: ${counts.join(', ')}`, 'see the terminal of `otrace up`')
  }
  if (found.length > 0) return found
  return [{ about: 'collector', state: 'ok', found: 'every acknowledged row is stored' }]
}
