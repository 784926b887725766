/** Ids as OTLP carries them: 16 bytes for a trace, 8 for a span, in hex. */
import type { SpanRow } from '../model/span-row.ts'

/** The attribute of the collector for ids that it changed, with their values before. */
export const INVALID_ID = 'otrace.id.invalid'

/**
 * The span with ids that OTLP carries. Shorter ones are filled with zeros, as Zipkin's 64 bits of a trace are; of other
 * texts their hash is taken, the same for parent and child. An attribute keeps those that are not numbers of that size.
 */
export function withOtlpIds(row: SpanRow): SpanRow {
  const [trace_id, span_id] = [otlpId(row.trace_id, 32), otlpId(row.span_id, 16)]
  const parent_id = otlpId(row.parent_id, 16)
  const names = ['trace_id', 'span_id', 'parent_id'] as const
  const odd = names.filter((name) => !fits(row[name], name === 'trace_id' ? 32 : 16))
  const attributes =
    odd.length === 0
      ? row.attributes
      : { ...row.attributes, [INVALID_ID]: odd.map((name) => `${name}=${row[name]}`).join(' ') }
  return {
    ...{ ...row, trace_id, span_id, parent_id, attributes },
    link_trace_id: row.link_trace_id.map((id) => otlpId(id, 32)),
    link_span_id: row.link_span_id.map((id) => otlpId(id, 16)),
  }
}

const hexOf = (id: string) => id.replaceAll('-', '').toLowerCase()

const fits = (id: string, digits: number) =>
  id === '' || (/^[0-9a-f]+$/.test(hexOf(id)) && hexOf(id).length <= digits)

function otlpId(id: string, digits: number): string {
  if (id === '') return ''
  return fits(id, digits) ? hexOf(id).padStart(digits, '0') : hashed(id, digits)
}

/** FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv; 8 bytes for each round. */
function hashed(text: string, digits: number): string {
  let hash = 0xcbf29ce484222325n
  let hex = ''
  while (hex.length < digits) {
    for (const byte of new TextEncoder().encode(text)) {
      hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn
    }
    hex += hash.toString(16).padStart(16, '0')
  }
  return hex
}
