/** What people paste when they mean a trace; used by `commands/trace.ts`. */
import { OtraceError } from '../errors.ts'

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/

/** Fewer digits than this fit too many traces to be meant. */
const SHORTEST = 8

/**
 * The id that a text means, in lower case: all 32 digits, or the first 8 or more. Takes a W3C `traceparent` (also with the header's name),
 * dashes, upper case and quotes.
 * @throws OtraceError (exit 2) for anything else
 */
export function readTraceId(text: string): string {
  const plain = text
    .trim()
    .replace(/^['"]|['"]$/g, '')
    .replace(/^traceparent\s*[:=]\s*/i, '')
    .toLowerCase()
  const id = TRACEPARENT.exec(plain)?.[1] ?? plain.replace(/^0x/, '').replaceAll('-', '')
  const mistake =
    id === '' || /[^0-9a-f]/.test(id)
      ? 'has characters that are no hexadecimal digits'
      : id.length < SHORTEST
        ? `has only ${id.length} digits`
        : id.length > 32
          ? `has ${id.length} digits, more than 32`
          : /^0+$/.test(id)
            ? 'is all zeros, which stands for no trace'
            : undefined
  if (mistake === undefined) return id
  throw new OtraceError(
    'usage',
    `'${text}' is no trace id: it ${mistake}`,
    'give its 32 digits, the first 8 or more of them, or a traceparent; `otrace slow` lists some',
  )
}
