/** Parses typed numbers with units: durations, sizes, counts, shares and ports. */
import { usage } from '../errors.ts'
import { type Unit, type UnitMeaning, units } from './units.ts'

/**
 * Nanoseconds of a duration with a unit, exact: `500ms`, `1h30m`, `7d`.
 * @param label the flag or key, for messages
 * @param unitsOf units to suggest for a bare number
 * @throws OtraceError (exit 2)
 */
export function readDuration(label: string, text: string, unitsOf?: readonly string[]): bigint {
  const ns = parseDuration(text)
  if (ns !== undefined) return ns
  throw usage(`${label} '${text}' is not a duration`, durationHint(text, undefined, unitsOf))
}

/**
 * Seconds of a duration longer than 0.
 * @throws OtraceError (exit 2)
 */
export function readSeconds(flag: string, text: string): number {
  return Number(readPositiveDuration(flag, text)) / 1e9
}

/**
 * Nanoseconds of a duration longer than 0.
 * @throws OtraceError (exit 2)
 */
export function readPositiveDuration(flag: string, text: string): bigint {
  const ns = /^\s*0+\s*$/.test(text) ? 0n : readDuration(flag, text, CLOCK_UNITS)
  if (ns > 0n) return ns
  throw usage(`${flag} '${text}' is not longer than 0`, durationHint('', '30s, 5m or 1h30m'))
}

/**
 * Bytes of a size above 0: `500MB`, `8GiB`. A store of `5` bytes is a forgotten unit.
 * @throws OtraceError (exit 2)
 */
export function readSize(flag: string, text: string): number {
  const bare = /^[1-9]\d*$/.test(text)
  const bytes = (bare ? undefined : parseWhole(text, 'bytes')) ?? 0n
  if (bytes > 0n && bytes <= Number.MAX_SAFE_INTEGER) return Number(bytes)
  throw usage(
    `${flag} '${text}' is not a size`,
    bare ? durationHint(text, '', ['MB', 'GB']) : 'write it like 500MB or 8GB',
  )
}

/** The maximum of `LIMIT {limit:UInt32}`, minus the extra row that detects more rows. */
const MOST_ROWS = 2 ** 32 - 2

/**
 * A whole number from 1 to `most`.
 * @throws OtraceError (exit 2)
 */
export function readCount(
  flag: string,
  text: string,
  example: number | string,
  most = MOST_ROWS,
): number {
  // As printed: 14,405 and 14.4 K.
  const count = /[a-z]/.test(text) ? 0 : (parseUnit(text, 'short') ?? 0)
  if (Number.isInteger(count) && count >= 1 && count <= most) return count
  throw usage(
    `${flag} '${text}' is not a whole number from 1 to ${most}`,
    `write it like ${example}`,
  )
}

/**
 * A TCP port; 0 is any free one.
 * @throws OtraceError (exit 2)
 */
export function readPort(flag: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 65_536
  if (port < 65_536) return port
  throw usage(`${flag} '${text}' is not a port`, 'use a number below 65536, or 0 for any free port')
}

const COMPONENT = /\s*(\d{1,20})?(?:\.(\d{1,12}))?\s*((?:[KM] )?[a-zA-Zµμ%/]*)/y
const GROUPED = /^-?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/
const SCALE = 10n ** 12n

/**
 * Parses a number with a suffix: `100ms`, `1h30m`, `5MiB`, `10%`. A bare number is in the unit
 * itself, but nanoseconds need a suffix. Integers for ns and bytes.
 * @returns undefined for other text, and for integers that no double holds exactly
 */
export function parseUnit(text: string, unit: Unit): number | undefined {
  const { whole }: UnitMeaning = units[unit]
  if (whole) {
    const value = parseWhole(text, unit)
    return value === undefined || BigInt(Number(value)) !== value ? undefined : Number(value)
  }
  const parsed = parseParts(text, unit)
  return parsed && (parsed.negative ? -1 : 1) * ratio(parsed.total, baseOf(unit))
}

/** Like parseUnit for nanoseconds or bytes, exact at any size. */
export function parseWhole(text: string, unit: Unit): bigint | undefined {
  const parsed = parseParts(text, unit)
  const base = baseOf(unit)
  const value = parsed && (parsed.total + base / 2n) / base
  return value !== undefined && parsed!.negative ? -value : value
}

/** Nanoseconds of a duration; undefined for other text, and for a bare 0. */
export function parseDuration(text: string): bigint | undefined {
  return /[a-z]/i.test(text) ? parseWhole(text, 'ns') : undefined
}

/** A share above 0 and below 1 for `p95`, `p(99.9)` and `median`; undefined for other words, NaN for other numbers. */
export function parseQuantile(word: string): number | undefined {
  if (/^med(?:ian)?$/i.test(word)) return 0.5
  const digits = /^p(?:\(([^()]*)\)|([\d.]+))$/i.exec(word)
  if (!digits) return undefined
  const percent = Number(digits[1] ?? digits[2])
  return percent > 0 && percent < 100 ? Number((percent / 100).toFixed(8)) : Number.NaN
}

/** `14,405` without its commas; other text trimmed. */
export function ungrouped(text: string): string {
  const trimmed = text.trim()
  return GROUPED.test(trimmed) ? trimmed.replaceAll(',', '') : trimmed
}

/**
 * What to type instead of a malformed duration.
 * @param unitsOf the usual units: of a span's duration (machine formats print nanoseconds) or of a window
 */
export function durationHint(
  text: string,
  example = '100ms, 30s, 1h30m or 7d',
  unitsOf: readonly string[] = ['ms', 's'],
): string {
  if (!/^\d+$/.test(text)) return `write it like ${example}`
  const forms = unitsOf.map((unit) => text + unit)
  return `add a unit: ${forms.slice(0, -1).join(', ')} or ${forms.at(-1)}`
}

/** The units of windows, retention and waits. */
export const CLOCK_UNITS = ['s', 'm', 'h', 'd'] as const

const baseOf = (unit: Unit) => (units[unit] as UnitMeaning).suffixes['']! * SCALE

/** The sum of the components of `1h30m`, in 10^-12 of the smallest suffix. */
function parseParts(text: string, unit: Unit): { total: bigint; negative: boolean } | undefined {
  const { suffixes, whole, anyCase }: UnitMeaning = units[unit]
  const counted = unit === 'short' || unit === 'none'
  const trimmed = counted ? ungrouped(text) : text.trim()
  const negative = counted && trimmed.startsWith('-')
  let total = 0n
  let smallest: bigint | undefined
  COMPONENT.lastIndex = negative ? 1 : 0
  while (smallest === undefined || COMPONENT.lastIndex < trimmed.length) {
    const match = COMPONENT.exec(trimmed)
    const [, digits, decimals, typed = ''] = match ?? []
    if (digits === undefined && decimals === undefined) return undefined
    const suffix = anyCase ? typed.toLowerCase() : typed
    if (!Object.hasOwn(suffixes, suffix)) return undefined
    const size = suffixes[suffix]!
    const alone = smallest === undefined && COMPONENT.lastIndex === trimmed.length
    if (!alone && (suffix === '' || (smallest !== undefined && size >= smallest))) return undefined
    if (unit === 'ns' && suffix === '' && /[1-9]/.test(trimmed)) return undefined
    // A fraction of a nanosecond is a typing error; that of 1.1KiB is not.
    if (whole && size === 1n && /[1-9]/.test(decimals ?? '')) return undefined
    total += BigInt(`${digits ?? 0}${(decimals ?? '').padEnd(12, '0')}`) * size
    smallest = size
  }
  return { total, negative }
}

/** Divides as decimal text: dividing rounded doubles could turn 10% into 0.09999999999999999. */
function ratio(numerator: bigint, denominator: bigint): number {
  const parts = (numerator * SCALE * SCALE) / denominator
  return Number(`${parts}e-24`)
}
