/** Finds out under which settings a server lets us ask, and that none of them lets a statement write; for store.ts. */
import { type ClickHouseClient, ClickHouseError, type ClickHouseSettings } from '@clickhouse/client'
import { OtraceError } from '../errors.ts'

/** Whether the server may have said no to a setting of ours; a statement with SETTINGS of its own is refused in the same words. */
export function refusesSettings(error: unknown): boolean {
  if (!(error instanceof ClickHouseError)) return false
  return /^(?:115|164|452)$/.test(error.code)
}

/**
 * The first of `tiers` that the server takes, by its index.
 * @throws OtraceError (exit 4) where statements could write then
 */
export async function takenSettings(
  client: ClickHouseClient,
  tiers: ClickHouseSettings[],
  place: string,
): Promise<number> {
  for (let tier = 0; ; tier += 1) {
    try {
      const answer = await client.query({
        query: "SELECT getSetting('readonly') > 0 AS kept",
        format: 'JSONEachRow',
        clickhouse_settings: tiers[tier] ?? {},
      })
      const [row] = await answer.json<{ kept: number | boolean }>()
      if (row && Number(row.kept) === 1) return tier
      throw new OtraceError(
        'refused',
        `${place} lets this user write, and does not let otrace give that up`,
        'use a user whose profile sets readonly = 1 or 2',
      )
    } catch (error) {
      if (!refusesSettings(error) || tier + 1 >= tiers.length) throw error
    }
  }
}
