/** The generations of the semantic conventions that the shop writes. */
import type { Attributes } from '@opentelemetry/api'

// Both, so that SQL for either generation works on the shop's spans.
const BOTH = 'http/dup,database/dup'

/**
 * Chooses attributes by OTEL_SEMCONV_STABILITY_OPT_IN: stable names for `<domain>`, both for
 * `<domain>/dup` or if it is unset, else the old names
 * (https://opentelemetry.io/docs/specs/semconv/non-normative/http-migration/).
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
