/** Which generations of the semantic conventions are written; for whatever sets HTTP or database attributes. */
import type { Attributes } from '@opentelemetry/api'

// Both, so that SQL written for either generation works on the shop's spans.
const BOTH = 'http/dup,database/dup'

/**
 * The attributes of the generations that OTEL_SEMCONV_STABILITY_OPT_IN asks for: `<domain>` for the stable names only,
 * `<domain>/dup` for both, neither for the old names only
 * (https://opentelemetry.io/docs/specs/semconv/non-normative/http-migration/). Unset, the shop writes both.
 */
export function inGenerations(
  domain: 'http' | 'database',
  stable: Attributes,
  old: Attributes,
): Attributes {
  const choices = (process.env.OTEL_SEMCONV_STABILITY_OPT_IN || BOTH)
    .split(',')
    .map((choice) => choice.trim())
  if (choices.includes(`${domain}/dup`)) return { ...old, ...stable }
  return choices.includes(domain) ? stable : old
}
