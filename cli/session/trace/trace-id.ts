/** Trace ids as people paste them: whole, cut, dashed, or in a traceparent. */
import { usage } from '../../errors.ts'
import { plural } from '../../units/units.ts'

/** A whole id within other text: a traceparent, a line of a log, an address. */
const WHOLE = /(?<![0-9a-z])[0-9a-f]{32}(?![0-9a-z])/g

/** Minimum number of digits: fewer match too many traces. */
const SHORTEST = 8

/**
 * Parses a trace id into lower case: all 32 digits, or the first 8 or more. Accepts it within other text, such as a W3C
 * `traceparent`, `trace_id=` or an address, with dashes, upper case, quotes, brackets, and the ellipsis of a table's
 * short ids.
 * @param shortest digits that are needed: 32 where the trace may not be stored yet
 * @throws OtraceError (exit 2) for anything else
 */
export function readTraceId(text: string, shortest = SHORTEST): string {
  const plain = text.toLowerCase().replace(/^[^0-9a-z]+|[^0-9a-z]+$/g, '')
  const whole = new Set(plain.match(WHOLE))
  const [found] = whole.size === 1 ? whole : []
  const id =
    found ??
    plain
      .replace(/^(?:trace[-_. ]?(?:id)?)[^0-9a-z]+/, '')
      .replace(/^0x/, '')
      .replaceAll('-', '')
  const mistake =
    id === '' || /[^0-9a-f]/.test(id)
      ? 'has characters that are not hexadecimal digits'
      : id.length < shortest
        ? `has only ${plural(id.length, 'digit')}`
        : id.length > 32
          ? `has ${id.length} digits, more than 32`
          : /^0+$/.test(id)
            ? 'is all zeros, which is not valid'
            : undefined
  if (mistake === undefined) return id
  const some = shortest < 32 ? `the first ${shortest} or more of them, ` : ''
  throw usage(
    `not a trace id: '${text}' ${mistake}`,
    `give its 32 digits, ${some}or a traceparent; \`otrace slow\` lists some`,
  )
}
