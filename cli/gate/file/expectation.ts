/** Expectations as k6 writes them: `p(95) < 300ms`, `error_rate < 1%`, `count >= 100`. */
import { usage } from '../../errors.ts'
import { didYouMean } from '../../query/did-you-mean.ts'
import { parseQuantile, parseUnit } from '../../units/parse.ts'
import { formatUnit } from '../../units/units.ts'

export const COMPARISONS = ['<=', '>=', '==', '!=', '<', '>'] as const
export type Comparison = (typeof COMPARISONS)[number]

export type Expectation =
  | {
      test: 'duration'
      text: string
      /** 0.95 for p95. */
      quantile: number
      orEqual: boolean
      /** Nanoseconds. */
      limit: number
    }
  | { test: 'errors'; text: string; orEqual: boolean; share: number }
  | { test: 'count'; text: string; comparison: Comparison; limit: number }

const SHAPE =
  /^\s*(?<metric>[a-z_]+\s*(?:\(\s*[^()]*\s*\)|[\d.]*))\s*(?<comparison><=|>=|==|!=|<|>)\s*(?<value>\S.*?)\s*$/i
/** The JSON schema's pattern: of a query's rows, or of spans. Limits are left to the reader. */
export const EXPECTATION_PATTERN =
  '^\\s*[A-Za-z_]+\\s*(\\([^()]*\\)|[\\d.]*)\\s*(<=|>=|==|!=|<|>)\\s*\\S'
const METRICS = ['p(95)', 'p(99)', 'p(50)', 'median', 'error_rate', 'count'] as const
const EXAMPLES = "write it like 'p(95) < 300ms', 'error_rate < 1%' or 'count >= 100'"

/**
 * @param at its place, for messages: `checks.yaml:4:7`
 * @throws OtraceError (exit 2) with the nearest valid word
 */
export function readExpectation(text: string, at: string): Expectation {
  const { metric = '', comparison: sign, value = '' } = SHAPE.exec(text)?.groups ?? {}
  if (sign === undefined) throw usage(`${at}: not an expectation: ${text}`, EXAMPLES)
  const comparison = sign as Comparison
  const word = metric.replace(/\s+/g, '').toLowerCase()
  if (word === 'count') {
    const limit = readNumber(value, 'short', at, '100')
    if (!Number.isInteger(limit))
      throw usage(`${at}: not a whole number: ${value}`, 'write it like 100')
    return { test: 'count', text, comparison, limit }
  }
  const quantile = quantileOf(word, at)
  if (word === 'rows') {
    throw usage(
      `${at}: rows are those of a query: ${text}`,
      "write { query: slow, expect: 'rows == 0' }",
    )
  }
  if (quantile === undefined && word !== 'error_rate') {
    const meant = didYouMean(word, METRICS)
    throw usage(
      `${at}: unknown metric: ${metric.trim()}`,
      `${meant ? `did you mean ${meant}? ` : ''}the metrics are ${METRICS.join(', ')}`,
    )
  }
  if (comparison !== '<' && comparison !== '<=') {
    throw usage(`${at}: ${word} has an upper limit only: ${text}`, `write: ${word} < ${value}`)
  }
  const orEqual = comparison === '<='
  if (quantile === undefined) {
    const share = readNumber(value, 'percentunit', at, '1%')
    if (share > 0 && share < 1) return { test: 'errors', text, orEqual, share }
    const hint =
      share === 0 ? 'for no error at all: count == 0 with error: true' : 'write 1% or 0.01'
    throw usage(`${at}: a share lies between 0 and 100 %: ${value}`, hint)
  }
  const limit = readNumber(value, 'ns', at, '300ms')
  return { test: 'duration', text, quantile, orEqual, limit }
}

/** `p(95)`, `p95`, `p99.9`, `median`, `med`. */
function quantileOf(word: string, at: string): number | undefined {
  const quantile = parseQuantile(word)
  // p(0.95) is a share, and its percentile would hold for nearly any service.
  if (quantile !== undefined && quantile < 0.01) {
    const percent = Number((10_000 * quantile).toFixed(6))
    throw usage(
      `${at}: ${word} is the fastest ${percent / 100} % of the calls`,
      `write p(${percent})`,
    )
  }
  if (!Number.isNaN(quantile)) return quantile
  throw usage(`${at}: a percentile lies between 0 and 100: ${word}`, 'write it like p(95)')
}

function readNumber(
  text: string,
  unit: 'ns' | 'percentunit' | 'short',
  at: string,
  example: string,
): number {
  // A share may be written as a fraction: 0.01 is 1 %.
  const fraction = unit === 'percentunit' && /^0?\.\d+$/.test(text) ? Number(text) : undefined
  const value = fraction ?? parseUnit(text, unit)
  if (value !== undefined && value >= 0) return value
  throw usage(`${at}: not a limit: ${text}`, `write it like ${example}`)
}

/** An aggregate over a column of a query's rows, or `rows`. */
export interface RowsExpectation {
  text: string
  aggregate: (typeof AGGREGATES)[number]
  /** '' for `rows`. */
  column: string
  comparison: Comparison
  /** As written; its unit is the column's. */
  value: string
}

const AGGREGATES = ['rows', 'min', 'max', 'sum', 'avg', 'any', 'all'] as const
const ROWS_SHAPE =
  /^\s*(?<aggregate>[a-z_]+)\s*(?:\(\s*(?<column>[^()]*?)\s*\))?\s*(?<comparison><=|>=|==|!=|<|>)\s*(?<value>\S.*?)\s*$/i

/** @throws OtraceError (exit 2) with the nearest valid word */
export function readRowsExpectation(text: string, at: string): RowsExpectation {
  const {
    aggregate: word = '',
    column = '',
    comparison,
    value = '',
  } = ROWS_SHAPE.exec(text)?.groups ?? {}
  const hint = `write it like 'rows == 0' or 'max(duration) < 1s'; aggregates: ${AGGREGATES.join(', ')}`
  if (comparison === undefined) throw usage(`${at}: not an expectation: ${text}`, hint)
  const aggregate = AGGREGATES.find((one) => one === word.toLowerCase())
  if (!aggregate) {
    const meant = didYouMean(word, AGGREGATES)
    throw usage(
      `${at}: unknown aggregate: ${word}`,
      meant ? `did you mean ${meant}? ${hint}` : hint,
    )
  }
  if ((aggregate === 'rows') !== (column === '')) {
    const fix = aggregate === 'rows' ? 'write: rows == 0' : `name a column: ${aggregate}(duration)`
    throw usage(
      `${at}: ${aggregate} ${column ? 'takes no column' : 'needs a column'}: ${text}`,
      fix,
    )
  }
  return { text, aggregate, column, comparison: comparison as Comparison, value }
}

/** Whether a comparison holds. */
export function compare(value: number, comparison: Comparison, limit: number): boolean {
  switch (comparison) {
    case '<':
      return value < limit
    case '<=':
      return value <= limit
    case '>':
      return value > limit
    case '>=':
      return value >= limit
    case '==':
      return value === limit
    case '!=':
      return value !== limit
  }
}

/** A tolerance such as `10%`, as a share. */
export function readTolerance(text: string, at: string): number {
  const share =
    /%$/.test(text) || /^(?:0|0?\.\d+)$/.test(text)
      ? readNumber(text, 'percentunit', at, '10%')
      : -1
  if (share >= 0 && share <= 10) return share
  throw usage(`${at}: not a tolerance: ${text}`, 'write it like 10%')
}

/** The share of calls that may exceed the limit, 0.05 for p95. */
export function allowedShare(expectation: Expectation & { test: 'duration' | 'errors' }): number {
  return expectation.test === 'errors'
    ? expectation.share
    : Number((1 - expectation.quantile).toFixed(8))
}

/** `p95`, `p99.9`, `median`. */
export function quantileName(quantile: number): string {
  return quantile === 0.5 ? 'median' : `p${Number((quantile * 100).toFixed(6))}`
}

/** A limit as text. */
export function limitText(expectation: Expectation): string {
  switch (expectation.test) {
    case 'duration':
      return formatUnit(expectation.limit, 'ns')
    case 'errors':
      return formatUnit(expectation.share, 'percentunit')
    case 'count':
      return formatUnit(expectation.limit, 'short')
  }
}
