/** `otrace up --status`: how the collector that runs on a directory is doing. */
import { readAddressFile } from '../../collector/address-file.ts'
import type { SignalStatus } from '../../collector/main.ts'
import { OtraceError } from '../errors.ts'
import { type Format, writeAnswer } from '../output.ts'
import type { Column, Screen } from '../render/renderer.ts'

const COLUMNS: Column[] = [
  { name: 'signal', type: 'String' },
  { name: 'received', type: 'UInt64', unit: 'short' },
  { name: 'stored', type: 'UInt64', unit: 'short' },
  { name: 'waiting', type: 'UInt64', unit: 'short' },
  { name: 'spool', type: 'UInt64', unit: 'bytes' },
  { name: 'lag', type: 'UInt64', unit: 'ns' },
  { name: 'set_aside', type: 'UInt64' },
]

/**
 * Asks the collector and writes its answer, a row a signal; refused requests are said beside it.
 * @throws OtraceError (exit 3) when none runs on `dataDir`
 */
export async function showStatus(
  dataDir: string,
  password: string | undefined,
  format: Format,
  screen: Screen,
  say: (text: string) => void,
): Promise<void> {
  const daemon = readAddressFile(dataDir)
  if (!daemon) {
    throw new OtraceError(
      'noStore',
      `no collector runs on ${dataDir}`,
      'start one with `otrace up`',
    )
  }
  const authorization = `Basic ${Buffer.from(`otrace:${password ?? ''}`).toString('base64')}`
  const response = await fetch(`${daemon.clickhouse}/otrace/status`, { headers: { authorization } })
  if (!response.ok) {
    throw new OtraceError('refused', (await response.text()).trim(), 'give its --password')
  }
  const { refused, ...signals } = (await response.json()) as { refused: number } & {
    [signal: string]: SignalStatus
  }
  const rows = Object.entries(signals).map(([signal, status]) => ({
    signal,
    received: status.received,
    stored: status.stored,
    waiting: status.waiting,
    spool: status.spoolBytes,
    lag: status.lagMs * 1e6,
    set_aside: status.setAside,
  }))
  await writeAnswer({ title: 'Collector', columns: COLUMNS, rows }, format, 'table', screen)
  if (refused > 0) say(`${refused} requests were refused for lack of room, to be tried again`)
}
