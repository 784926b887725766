/** Points in time to the nanosecond, as two numbers. */

/** Whole seconds since 1970 (negative before), and 0 to 999,999,999 ns on top. */
export interface Instant {
  seconds: number
  nanos: number
}

/** `2026-11-22T12:00:05.123456789Z`, always UTC; missing digits are zeros. Any other text is 1970. */
export function parseInstant(text: string): Instant {
  const whole = text.slice(0, 19)
  if (whole !== parsed.text) {
    parsed = { text: whole, seconds: Date.parse(`${whole.replace(' ', 'T')}Z`) / 1000 }
  }
  const { seconds } = parsed
  if (Number.isNaN(seconds)) return { seconds: 0, nanos: 0 }
  const fraction = text.length > 29 ? text.slice(20, 29) : text.slice(20).replace(/\D+$/, '')
  return { seconds, nanos: Number(fraction.padEnd(9, '0')) }
}

/** The last second that was parsed: a trace's spans share few. */
let parsed = { text: '', seconds: Number.NaN }

/** ISO-8601 UTC with nine digits and `Z`. */
export function formatInstant({ seconds, nanos }: Instant): string {
  const whole = new Date(seconds * 1000).toISOString().slice(0, -5)
  return `${whole}.${String(nanos).padStart(9, '0')}Z`
}

/** `to − from` in ns; exact up to 2^53 ns, which is 104 days. */
export function nanosBetween(from: Instant, to: Instant): number {
  return (to.seconds - from.seconds) * 1e9 + (to.nanos - from.nanos)
}

/** `instant` moved by `ns` (either sign, whole). */
export function moved({ seconds, nanos }: Instant, ns: number): Instant {
  const whole = Math.floor(ns / 1e9)
  const rest = nanos + (ns - whole * 1e9)
  return rest >= 1e9
    ? { seconds: seconds + whole + 1, nanos: rest - 1e9 }
    : { seconds: seconds + whole, nanos: rest }
}

/** ns since 1970 as OTLP writes it. */
export function unixNanos({ seconds, nanos }: Instant): string {
  return String(BigInt(seconds) * 1_000_000_000n + BigInt(nanos))
}
