/** What every renderer gets and gives: an answer and a screen in, a string out. Pure; used by `output` and by commands. */
import type { ChalkInstance } from 'chalk'
import type { Unit } from './units.ts'

/** A value as ClickHouse answered it: 64-bit integers beyond 2^53 are bigint, times are ISO-8601 UTC text with nine digits. */
export type Cell = string | number | bigint | boolean | null | Cell[] | { [key: string]: Cell }

export interface Column {
  name: string
  /** The ClickHouse type, such as `DateTime64(9, 'UTC')` or `LowCardinality(String)`. */
  type: string
  unit?: Unit
}

export type Row = Record<string, Cell>

/** A question's answer: its columns in order, and one object for each row. */
export interface Answer {
  title: string
  columns: Column[]
  rows: Row[]
}

/** What is known of the terminal; read once where the program starts, and passed in. */
export interface Screen {
  /** Columns of text. */
  width: number
  colour: ChalkInstance
  /** IANA name of the zone that times are shown in. */
  timeZone: string
}

export type Renderer = (answer: Answer, screen: Screen) => string
