/** Units of columns and parameters, and the texts of their numbers. */

export interface UnitMeaning {
  /** The quantity, as a noun for help texts. */
  noun: string
  /** A valid input, for help and error messages. */
  example: string
  /** The raw number is always an integer. */
  whole?: true
  /** Sizes of the suffixes as exact integers; `''` is the size of a bare number. */
  suffixes: { readonly [suffix: string]: bigint }
  /** Suffixes are looked up in lower case. */
  anyCase?: true
  format(value: number): string
}

/** As otrace prints them, and the words of systemd.time(7). */
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
  usec: 1_000n,
  msec: 1_000_000n,
  sec: 1_000_000_000n,
  secs: 1_000_000_000n,
  second: 1_000_000_000n,
  seconds: 1_000_000_000n,
  mins: 60_000_000_000n,
  minute: 60_000_000_000n,
  minutes: 60_000_000_000n,
  hr: 3_600_000_000_000n,
  hrs: 3_600_000_000_000n,
  hour: 3_600_000_000_000n,
  hours: 3_600_000_000_000n,
  day: 86_400_000_000_000n,
  days: 86_400_000_000_000n,
  week: 604_800_000_000_000n,
  weeks: 604_800_000_000_000n,
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
    suffixes: {
      '/s': 1n,
      'req/s': 1n,
      K: 1000n,
      M: 1_000_000n,
      'Kreq/s': 1000n,
      'Mreq/s': 1_000_000n,
      'K req/s': 1000n,
      'M req/s': 1_000_000n,
      '': 1n,
    },
    // A whole rate is chance, so it gets three digits like its neighbours.
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

/** `value` in `unit`, with three significant digits: `1.23 ms`, `2m 05s`, `1.50 MiB`, `12.3 K`. */
export function formatUnit(value: number | bigint, unit: Unit): string {
  if (unit === 'none') return String(value)
  const number = Number(value)
  if (Number.isNaN(number)) return '–'
  if (!Number.isFinite(number)) return number > 0 ? '∞' : '-∞'
  return number < 0 ? `-${units[unit].format(-number)}` : units[unit].format(number)
}

/** A number without a unit: integers in groups (`14,405`), others with six significant digits. */
export function formatNumber(value: number): string {
  const text = String(Number.isInteger(value) ? value : Number(value.toPrecision(6)))
  return text.replace(/^-?\d+(?=\.|$)/, (whole) => whole.replace(/\B(?=(?:\d{3})+$)/g, ','))
}

/** `1 span`, `2 spans`; with `many`, `1 span is`, `2 spans are`; with `written`, `1.2 M spans`. */
export function plural(
  count: number,
  one: string,
  many = `${one}s`,
  written = formatNumber(count),
): string {
  return `${written} ${count === 1 ? one : many}`
}

/** A round number, for axes and steps, without trailing zeros: `250 ms`, `1.5 s`, `1m`. */
export function formatRound(value: number, unit: Unit): string {
  return formatUnit(value, unit)
    .replace(/(\.\d*?)0+(?!\d)/, '$1')
    .replace(/\.(?!\d)/, '')
    .replace(/^(\d+[dhm]) 00[hms]$/, '$1')
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

/** The smallest step that fits the rounded value: 999.9 µs is 1.00 ms. */
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
  // 99.99 % must not become 100 %: the distance to 100 % sets the decimals.
  if (value >= 99 && value < 100) {
    return `${value.toFixed(Math.min(9, -Math.floor(Math.log10(100 - value))))}%`
  }
  return `${threeDigits(value)}%`
}
