/** The units a column or a parameter may have: how their numbers are shown and what people may type. Pure; for every folder of cli/. */

interface UnitMeaning {
  /** What one of the raw number is, as a noun for help texts. */
  noun: string
  /** Something a person may type, for help and error messages. */
  example: string
  /** The raw number is always an integer. */
  whole?: true
  /** Sizes of the suffixes people type, as exact integers; `''` is the raw number's own size. */
  suffixes: { readonly [suffix: string]: bigint }
  /** Suffixes are looked up in lower case. */
  anyCase?: true
  format(value: number): string
}

const DURATIONS = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n, // U+00B5, what keyboards type
  μs: 1_000n, // U+03BC, what Unicode recommends
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  min: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
} as const

const BYTES = {
  b: 1n,
  kb: 1000n,
  mb: 1000n ** 2n,
  gb: 1000n ** 3n,
  tb: 1000n ** 4n,
  kib: 1024n,
  mib: 1024n ** 2n,
  gib: 1024n ** 3n,
  tib: 1024n ** 4n,
} as const

const COUNTS = { k: 10n ** 3n, m: 10n ** 6n, b: 10n ** 9n, t: 10n ** 12n } as const

/** Keyed by Grafana's unit ids, so that a terminal and a Grafana panel show the same number. */
export const units = {
  ns: {
    noun: 'duration',
    example: '100ms',
    whole: true,
    suffixes: { ...DURATIONS, '': DURATIONS.ns },
    format: (value) => duration(value, 1, 'ns'),
  },
  ms: {
    noun: 'duration',
    example: '100ms',
    suffixes: { ...DURATIONS, '': DURATIONS.ms },
    format: (value) => duration(value, 1e6, 'ms'),
  },
  s: {
    noun: 'duration',
    example: '30s',
    suffixes: { ...DURATIONS, '': DURATIONS.s },
    format: (value) => duration(value, 1e9, 's'),
  },
  bytes: {
    noun: 'size',
    example: '5MB',
    whole: true,
    suffixes: { ...BYTES, '': 1n },
    anyCase: true,
    format: (value) => scaled(value, BYTE_STEPS),
  },
  short: {
    noun: 'number',
    example: '1000',
    suffixes: { ...COUNTS, '': 1n },
    anyCase: true,
    format: (value) => scaled(value, COUNT_STEPS),
  },
  none: {
    noun: 'number',
    example: '1000',
    suffixes: { '': 1n },
    format: String,
  },
  reqps: {
    noun: 'rate',
    example: '100',
    suffixes: { '/s': 1n, 'req/s': 1n, '': 1n },
    // That a rate is a whole number is chance: it gets the same three digits as those beside it.
    format: (value) => scaled(value, RATE_STEPS, false),
  },
  percentunit: {
    noun: 'share',
    example: '10%',
    suffixes: { '%': 1n, '': 100n },
    format: percent,
  },
} as const satisfies Record<string, UnitMeaning>

export type Unit = keyof typeof units

/** `value`, counted in `unit`, for people: three significant digits, such as `1.23 ms`, `2m 05s`, `1.50 MiB`, `12.3 K`. */
export function formatUnit(value: number | bigint, unit: Unit): string {
  if (unit === 'none') return String(value)
  const number = Number(value)
  if (Number.isNaN(number)) return '–'
  if (!Number.isFinite(number)) return number > 0 ? '∞' : '-∞'
  return number < 0 ? `-${units[unit].format(-number)}` : units[unit].format(number)
}

/** A number that nobody gave a unit, not even `none`, for people: whole ones in groups of three digits (`14,405`), others with six significant ones. */
export function formatNumber(value: number): string {
  const text = String(Number.isInteger(value) ? value : Number(value.toPrecision(6)))
  return text.replace(/^-?\d+(?=\.|$)/, (whole) => whole.replace(/\B(?=(?:\d{3})+$)/g, ','))
}

/** A round number, as axes and steps have them, without its zeros: `250 ms`, `1.5 s`, `1m`. */
export function formatRound(value: number, unit: Unit): string {
  return formatUnit(value, unit)
    .replace(/(\.\d*?)0+(?!\d)/, '$1')
    .replace(/\.(?!\d)/, '')
    .replace(/^(\d+[dhm]) 00[hms]$/, '$1')
}

const COMPONENT = /\s*(\d{1,18})?(?:\.(\d{1,12}))?\s*([a-zA-Zµμ%/]*)/y
const SCALE = 10n ** 12n

/**
 * What people type for a number in `unit` (`100ms`, `1h30m`, `5MiB`, `10%`; without a suffix, `unit` itself, but for nanoseconds, which
 * nobody means), as that raw number: an integer for ns and bytes, computed exactly. `undefined` when it makes no sense, or no double can
 * hold it.
 */
export function parseUnit(text: string, unit: Unit): number | undefined {
  const { suffixes, whole, anyCase }: UnitMeaning = units[unit]
  const trimmed = text.trim()
  const negative = trimmed.startsWith('-') && (unit === 'short' || unit === 'none')
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
    // A part of a nanosecond is a mistake; the rest of 1.1KiB is not.
    if (whole && size === 1n && /[1-9]/.test(decimals ?? '')) return undefined
    total += BigInt(`${digits ?? 0}${(decimals ?? '').padEnd(12, '0')}`) * size
    smallest = size
  }
  const base = suffixes['']! * SCALE
  const value = whole ? wholeNumber((total + base / 2n) / base) : ratio(total, base)
  return value === undefined || !negative ? value : -value
}

function wholeNumber(value: bigint): number | undefined {
  return BigInt(Number(value)) === value ? Number(value) : undefined
}

/** A decimal quotient goes through its text: dividing two rounded doubles would make 10% into 0.09999999999999999 now and then. */
function ratio(numerator: bigint, denominator: bigint): number {
  const parts = (numerator * SCALE * SCALE) / denominator
  return Number(`${parts}e-24`)
}

type Step = readonly [size: number, suffix: string]

const BYTE_STEPS: Step[] = [
  [1, ' B'],
  [1024, ' KiB'],
  [1024 ** 2, ' MiB'],
  [1024 ** 3, ' GiB'],
  [1024 ** 4, ' TiB'],
]
const COUNT_STEPS: Step[] = [
  [1, ''],
  [1e3, ' K'],
  [1e6, ' M'],
  [1e9, ' B'],
  [1e12, ' T'],
]
const RATE_STEPS: Step[] = [
  [1, ' req/s'],
  [1e3, 'K req/s'],
  [1e6, 'M req/s'],
]
const DURATION_STEPS: Step[] = [
  [1, ' ns'],
  [1e3, ' µs'],
  [1e6, ' ms'],
  [1e9, ' s'],
]

function duration(value: number, nanoseconds: number, base: string): string {
  if (value === 0) return `0 ${base}`
  const total = value * nanoseconds
  if (Number((total / 1e9).toPrecision(3)) < 60) return scaled(total, DURATION_STEPS)
  const seconds = Math.round(total / 1e9)
  if (seconds < 3600) return pair(seconds, 60, 'm', 's')
  const minutes = Math.round(total / 60e9)
  if (minutes < 24 * 60) return pair(minutes, 60, 'h', 'm')
  return pair(Math.round(total / 3600e9), 24, 'd', 'h')
}

function pair(total: number, each: number, large: string, small: string): string {
  const rest = String(total % each).padStart(2, '0')
  return `${Math.floor(total / each)}${large} ${rest}${small}`
}

/** The first step that the value, once rounded, does not outgrow: 999.9 µs is 1.00 ms. */
function scaled(value: number, steps: readonly Step[], exact = true): string {
  const at = steps.findIndex(([size], i) => {
    const next = steps[i + 1]
    return !next || Number(threeDigits(value / size)) * size < next[0]
  })
  const [size, suffix] = steps[at]!
  return threeDigits(value / size, exact && at === 0 && Number.isInteger(value)) + suffix
}

function threeDigits(value: number, exact = false): string {
  if (exact || value === 0) return String(value)
  return value >= 999.5 ? value.toFixed(0) : value.toPrecision(3)
}

function percent(share: number): string {
  const value = share * 100
  if (value === 0 || value === 100) return `${value}%`
  // 99.99 % is not 100 %: as many decimals as the distance to it needs.
  if (value >= 99 && value < 100) {
    return `${value.toFixed(Math.min(9, -Math.floor(Math.log10(100 - value))))}%`
  }
  return `${threeDigits(value)}%`
}
