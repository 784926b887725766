/** Marks percentiles of samples that are too small. */
import type { Column, Row, Table } from '../result.ts'
import { formatUnit } from '../units/units.ts'

/** What a mark means, beside the title. */
export const FEW_NOTE = '(n): of n spans only'

/**
 * The number of spans of a percentile in a row, where it is too small: below 100 / (100 - level) spans the nearest rank
 * is the last, so that p95 of 19 and p99 of 99 are their maximum.
 */
export function fewSamples({ name }: Column, row: Row, { samples }: Table): number | undefined {
  const level = levelOf(name)
  if (samples === undefined || level === undefined || (row[name] ?? null) === null) return undefined
  const count = Number(row[samples] ?? Number.NaN)
  // 100 - 99.9 is a little more than 0.1.
  return count * (100 - level) < 100 - 1e-6 ? count : undefined
}

/** `(24) `, before the value so that digits stay below each other. */
export function fewMark(count: number | undefined): string {
  return count === undefined ? '' : `(${formatUnit(count, 'short')}) `
}

/** The columns for people: without the samples where percentiles carry them as marks. */
export function withoutSamples({ columns, samples }: Table): Column[] {
  const marked = columns.some(({ name }) => levelOf(name) !== undefined)
  return marked ? columns.filter(({ name }) => name !== samples) : columns
}

function levelOf(column: string): number | undefined {
  const digits = /^(?:[a-z]+_)?p(\d\d(?:\.?\d+)?)(?:_[a-z]+)?$/.exec(column)?.[1]
  if (digits === undefined) return undefined
  return Number(digits.includes('.') ? digits : `${digits.slice(0, 2)}.${digits.slice(2)}`)
}
