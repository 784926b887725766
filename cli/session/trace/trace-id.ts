/** Trace ids as people paste them: whole, cut, dashed, or in a traceparent. */
import { usage } from '../../errors.ts'
import { plural } from '../../units/units.ts'

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/

/** Minimum number of digits: fewer match too many traces. */
const SHORTEST = 8

/**
 * Parses a trace id into lower case: all 32 digits, or the first 8 or more. Accepts a W3C `traceparent` (also with the header's name),
 * dashes, upper case, quotes and the ellipsis of a table's short ids.
 * @throws OtraceError (exit 2) for anything else
 */
export function readTraceId(text: string): string {
  const plain = text
    .trim()
    .replace(/^['"]|['"]$/g, '')
    .replace(/…$/, '')
    .replace(/^traceparent\s*[:=]\s*/i, '')
    .toLowerCase()
  const id = TRACEPARENT.exec(plain)?.[1] ?? plain.replace(/^0x/, '').replaceAll('-', '')
  const mistake =
    id === '' || /[^0-9a-f]/.test(id)
      ? 'has characters that are not hexadecimal digits'
      : id.length < SHORTEST
        ? `has only ${plural(id.length, 'digit')}`
        : id.length > 32
          ? `has ${id.length} digits, more than 32`
          : /^0+$/.test(id)
            ? 'is all zeros, which is not valid'
            : undefined
  if (mistake === undefined) return id
  throw usage(
    `not a trace id: '${text}' ${mistake}`,
    'give its 32 digits, the first 8 or more of them, or a traceparent; `otrace slow` lists some',
  )
}
