/** The type of a renderer: from a table and a screen to text. */
import type { ChalkInstance } from 'chalk'
import type { Table } from '../result.ts'

/** The properties of the terminal, read once at the start of the program. */
export interface Screen {
  /** Columns of text. */
  width: number
  colour: ChalkInstance
  /** IANA name of the zone that times are shown in. */
  timeZone: string
  /** The reader is not a terminal: a table's lines are as long as its texts, and nothing in them is cut. */
  unbounded?: boolean
  /** Ids of traces and spans are never shortened. */
  fullIds?: boolean
}

export type Renderer = (result: Table, screen: Screen) => string
