/** `otrace up --status`: the counters of a running collector. */
import { readAddressFile } from '../../../collector/address-file.ts'
import type { OverdueStatement } from '../../../collector/clickhouse/running.ts'
import type { CollectorStatus, SignalStatus } from '../../../collector/status.ts'
import type { Context } from '../../context.ts'
import { noStore, refused } from '../../errors.ts'
import { type Format, writeResult } from '../../output/output.ts'
import type { Column } from '../../result.ts'
import { foreignError } from '../../store/answer.ts'
import { ANSWER_MS, beginningOf, objectIn } from '../../store/fetched.ts'
import { plural } from '../../units/units.ts'

const COLUMNS: Column[] = [
  { name: 'signal', type: 'String' },
  { name: 'received', type: 'UInt64', unit: 'short' },
  { name: 'stored', type: 'UInt64', unit: 'short' },
  { name: 'waiting', type: 'UInt64', unit: 'short' },
  { name: 'spool', type: 'UInt64', unit: 'bytes' },
  { name: 'lag', type: 'UInt64', unit: 'ns' },
  { name: 'quarantined', type: 'UInt64' },
]

type Status = CollectorStatus & {
  brokenParts: number
  damagedParts: string[]
  lost?: string[]
  gone?: string
  overdue: OverdueStatement[]
} & Record<'traces' | 'logs' | 'metrics', SignalStatus>

/**
 * Prints the counters, one row per signal. Refusals and failures go to stderr.
 * @throws OtraceError (exit 3) when none runs on `dataDir`
 */
export async function showStatus(
  dataDir: string,
  password: string | undefined,
  format: Format,
  context: Context,
): Promise<void> {
  const daemon = readAddressFile(dataDir)
  if (!daemon) {
    throw noStore(`no collector runs on ${dataDir}`, 'start one with `otrace up`')
  }
  // It may be another server's, of the environment.
  const word = daemon.password === false ? '' : (password ?? '')
  const authorization = `Basic ${Buffer.from(`otrace:${word}`).toString('base64')}`
  const place = daemon.clickhouse
  const response = await fetch(`${place}/otrace/status`, {
    headers: { authorization },
    redirect: 'manual',
    signal: AbortSignal.timeout(ANSWER_MS),
  }).catch((error: Error) => {
    throw noStore(`the collector at ${place} does not answer: ${error.message}`, 'restart it')
  })
  if (!response.ok) {
    const { bytes } = await beginningOf(response)
    throw refused(foreignError(bytes.toString()), 'give its --password')
  }
  const found = (await objectIn(response)) as Status | undefined
  if (!found?.traces || !found.logs || !found.metrics) {
    throw noStore(`no collector of otrace answers at ${place}`, 'restart `otrace up`')
  }
  const signals = Object.entries({ traces: found.traces, logs: found.logs, metrics: found.metrics })
  const rows = signals.map(([signal, status]) => ({
    signal,
    received: status.received,
    stored: status.stored,
    waiting: status.waiting,
    spool: status.spoolBytes,
    lag: status.lagMs * 1e6,
    quarantined: status.quarantined,
  }))
  await writeResult(
    context.stdout,
    { title: 'Collector', columns: COLUMNS, rows },
    { format },
    'table',
    context.screen(),
  )
  const reasons = Object.entries(found.rejected).map(([reason, count]) => `${reason} ×${count}`)
  if (reasons.length > 0) context.say(`requests refused since the start: ${reasons.join(', ')}`)
  if (found.gone) context.say(`${found.gone}: nothing is stored or answered`)
  if (found.lost?.length)
    context.say(`files of ${found.lost.join(', ')} had been deleted before the start`)
  if (found.brokenParts > 0)
    context.say(`${plural(found.brokenParts, 'broken part is', 'broken parts are')} detached`)
  for (const part of found.damagedParts) context.say(`a part is damaged: ${part}`)
  for (const { id, seconds, statement } of found.overdue)
    context.say(`statement ${id} ignores its limits for ${seconds} s: ${statement}`)
  for (const [signal, { quarantined, lost = 0, failure }] of signals) {
    if (lost > 0)
      context.say(
        `${plural(lost, 'row')} of ${signal} lost: their spool files were removed before they were stored; put the files back, and they are stored`,
      )
    if (quarantined > 0)
      context.say(
        `${plural(quarantined, 'file')} of ${signal} quarantined in ${dataDir}/spool/${signal}/quarantine`,
      )
    if (failure !== undefined) context.say(`storing ${signal} fails: ${failure}`)
  }
}
