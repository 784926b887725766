/** The model of a check file. */
import type { FilterValues } from '../../query/filters/list.ts'
import type { ExitChoices } from '../verdict.ts'
import type { Expectation, RowsExpectation } from './expectation.ts'

/** A place in a check file. */
export interface FilePlace {
  /** For messages: `checks.yaml:4:7`. */
  at: string
  line: number
  column: number
}

/** The baseline of a regression check. */
export type Than =
  /** The base command of `otrace run --ab`. */
  { from: 'ab' } | { from: 'file'; path: string } | (BaselineWindow & { from: 'window' })

export interface BaselineWindow {
  /** For messages. */
  at: string
  profile?: string
  since?: string
  start?: string
  end?: string
  attr?: string[]
  resource?: string[]
}

export type CheckTest =
  | { kind: 'expect'; expectations: (FilePlace & { expectation: Expectation })[] }
  | { kind: 'slower'; than: Than; tolerance?: number }
  | { kind: 'tail'; than: Than; tolerance: number; quantile: number }
  | {
      kind: 'query'
      query: string
      params: Record<string, string>
      /** The places of the query's name and of the parameters, for messages. */
      places: { query: string; params: Record<string, string> }
      expectations: (FilePlace & { expectation: RowsExpectation })[]
    }
  | { kind: 'n-plus-one'; most: number }
  /** No types: any exception. */
  | { kind: 'exceptions'; types: string[] }
  | { kind: 'attributes'; keys: string[]; share: number }
  | { kind: 'deprecated'; except: string[] }
  | { kind: 'operations'; names: string[] }
  /** Share of the traces that must be complete. */
  | { kind: 'complete'; share: number }

export interface CheckFilters {
  values: FilterValues
  where?: string
  /** The place of the condition, for messages. */
  whereAt?: string
  /** Root spans only. */
  root?: boolean
}

/** A name that some span must have. */
export interface NamedPlace extends FilePlace {
  what: 'operation' | 'service' | 'attribute'
  name: string
}

export interface GateCheck extends FilePlace {
  name: string
  filters: CheckFilters
  named: NamedPlace[]
  test: CheckTest
}

export interface CheckFile {
  path: string
  window: { since?: string; from?: string; to?: string }
  /** The place of the window, for messages. */
  windowAt: string
  exit: ExitChoices
  checks: GateCheck[]
}

/** Tolerance for a baseline of one run, whose noise is unknown. */
export const LOOSE_TOLERANCE = 0.25
