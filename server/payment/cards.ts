/** The cards of the shop's users. */
import { USERS } from '../database/seed-data.ts'

interface Card {
  country: string
  /** Every third card has none. */
  limits?: { daily: number }
}

const COUNTRIES = ['DE', 'FR', 'BR', 'US', 'JP']

/** The card of a user, by the position among the users. */
export function cardOf(userId: string): Card {
  const at = Math.max(
    0,
    USERS.findIndex(({ id }) => id === userId),
  )
  return {
    country: COUNTRIES[at % COUNTRIES.length]!,
    ...(at % 3 === 1 ? {} : { limits: { daily: 100_000 } }),
  }
}
