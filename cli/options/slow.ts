/** The value of --slow: a quantile or a duration. */
import { usage } from '../errors.ts'
import { parseQuantile, readDuration } from '../units/parse.ts'
import type { Selection } from '../why/sides.ts'

const DEFAULT_SLOW = 'p95'

/**
 * Which requests are slow: `p95` of those of their type, or `300ms`. True is a flag without a value.
 * @throws OtraceError (exit 2) for a malformed value
 */
export function readSlow(given: string | true): Selection {
  const text = given === true ? DEFAULT_SLOW : given
  const quantile = parseQuantile(text)
  if (quantile !== undefined && !Number.isNaN(quantile)) return { slow: { quantile } }
  if (/^p/i.test(text))
    throw usage(`--slow '${text}' is not a quantile`, 'write it like p95, or as a duration: 300ms')
  return { slow: { least: Number(readDuration('--slow', text)) } }
}
