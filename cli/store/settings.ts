/** Negotiates the settings that a server accepts, and requires them to be read-only. */
import { ClickHouseError } from '@clickhouse/client'
import { refused } from '../errors.ts'
import type { ClickHouseSettings } from '../query/compose/bound-query.ts'
import { foreignError, NotClickHouseError } from './answer.ts'

/** Whether the server may have refused our settings; it refuses a statement's own SETTINGS with the same codes. */
export function refusesSettings(error: unknown): boolean {
  if (!(error instanceof ClickHouseError)) return false
  return /^(?:115|164|452)$/.test(error.code)
}

/** Sends a statement, and returns the lines of its answer. */
type Send = (sql: string, settings: ClickHouseSettings) => Promise<AsyncIterable<string[]>>

/**
 * The index of the first of `tiers` that the server accepts.
 * @throws OtraceError (exit 4) if statements could write under them
 */
export async function negotiateSettings(
  send: Send,
  tiers: ClickHouseSettings[],
  place: string,
): Promise<number> {
  for (let tier = 0; ; tier += 1) {
    try {
      const lines = await send(
        "SELECT getSetting('readonly') > 0 AS kept\nFORMAT JSONEachRow",
        tiers[tier] ?? {},
      )
      if (isKept(await firstOf(lines))) return tier
      throw refused(
        `${place} ignores readonly=1 for this user: refusing to connect with write access`,
        'use a user whose profile sets readonly = 1 or 2',
      )
    } catch (error) {
      if (!refusesSettings(error) || tier + 1 >= tiers.length) throw error
    }
  }
}

/** More than an answer of one row has. */
const MOST_BATCHES = 10

async function firstOf(lines: AsyncIterable<string[]>): Promise<string> {
  const first: string[] = []
  for await (const batch of lines) {
    first.push(...batch.slice(0, 1))
    // Read to its end, an answer leaves its connection to the next statement.
    if (first.length > MOST_BATCHES) break
  }
  return first[0] ?? ''
}

/** @throws NotClickHouseError for an answer of something else */
function isKept(line: string): boolean {
  try {
    const { kept } = JSON.parse(line) as { kept?: unknown }
    if (kept !== undefined) return Number(kept) === 1
  } catch {}
  throw new NotClickHouseError(`it sends ${foreignError(line) || 'nothing'}`)
}
