/** Negotiates the settings that a server accepts, and requires them to be read-only. */
import { type ClickHouseClient, ClickHouseError, type ClickHouseSettings } from '@clickhouse/client'
import { refused } from '../errors.ts'

/** Whether the server may have refused our settings; it refuses a statement's own SETTINGS with the same codes. */
export function refusesSettings(error: unknown): boolean {
  if (!(error instanceof ClickHouseError)) return false
  return /^(?:115|164|452)$/.test(error.code)
}

/**
 * The index of the first of `tiers` that the server accepts.
 * @throws OtraceError (exit 4) if statements could write under them
 */
export async function negotiateSettings(
  client: ClickHouseClient,
  tiers: ClickHouseSettings[],
  place: string,
): Promise<number> {
  for (let tier = 0; ; tier += 1) {
    try {
      const response = await client.query({
        query: "SELECT getSetting('readonly') > 0 AS kept",
        format: 'JSONEachRow',
        clickhouse_settings: tiers[tier] ?? {},
      })
      const [row] = await response.json<{ kept: number | boolean }>()
      if (row && Number(row.kept) === 1) return tier
      throw refused(
        `${place} ignores readonly=1 for this user: refusing to connect with write access`,
        'use a user whose profile sets readonly = 1 or 2',
      )
    } catch (error) {
      if (!refusesSettings(error) || tier + 1 >= tiers.length) throw error
    }
  }
}
