/** The shape of a query result: columns, and rows of cells. */
import type { Unit } from './units/units.ts'

/**
 * A value as ClickHouse answered it: 64-bit integers beyond 2^53 are bigint, times are ISO-8601 UTC text with nine
 * digits.
 */
export type Cell = string | number | bigint | boolean | null | Cell[] | { [key: string]: Cell }

export interface Column {
  name: string
  /** The ClickHouse type, such as `DateTime64(9, 'UTC')` or `LowCardinality(String)`. */
  type: string
  unit?: Unit
  /** Values of --by, which say themselves what is absent. */
  named?: true
}

export type Row = Record<string, Cell>

/** The result of a query: its columns in order, and one object for each row. */
export interface Table {
  title: string
  columns: Column[]
  rows: Row[]
  /** A table without the names of its columns. */
  bare?: boolean
  /** Starts of the buckets of the window, for panels in which empty ones have no row. */
  buckets?: (() => string[]) | undefined
  /** Those of the buckets that the window covers in part, or that have not ended. */
  incomplete?: (() => string[]) | undefined
  /** The column with the number of spans that the percentiles of a row are of. */
  samples?: string | undefined
  /** The column with the share of a bucket that the window covers. */
  covered?: string | undefined
}
