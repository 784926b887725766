/** Exchange rates, asked from the bank and kept for a while. */
import type { Span } from '@opentelemetry/api'
import type { Faults } from '../faults.ts'
import { inSpan } from '../telemetry/spans.ts'

const KEPT_MS = 60_000

/** @param ask gets the rate of a country from the bank */
export function createRates(ask: (country: string) => Promise<number>, faults: Faults) {
  const kept = new Map<string, { rate: number; until: number }>()

  async function find(country: string, span: Span): Promise<number> {
    const known = kept.get(country)
    const isHit =
      known !== undefined && known.until > Date.now() && !faults.isActive('broken-cache')
    span.setAttribute('cache.hit', isHit)
    if (isHit) return known.rate
    const rate = await ask(country)
    kept.set(country, { rate, until: Date.now() + KEPT_MS })
    return rate
  }
  return (country: string) =>
    inSpan('get_rate', { attributes: { country } }, (s) => find(country, s))
}
