/** The flags that choose spans, read into `Filters`. */
import { Command, Option } from 'commander'
import { usage } from '../errors.ts'
import {
  FILTER_LIST,
  type FilterValues,
  filterFlagWords,
  filterName,
  filtersOf,
} from '../query/filters/list.ts'
import { COLUMN_LIST } from '../query/filters/where-rules.ts'
import { whereSql } from '../query/filters/where-spellings.ts'
import type { Filters } from '../query/filters.ts'
import { many } from './option.ts'

/** Values of the flags as commander stores them. */
export interface FilterFlags {
  [name: string]: unknown
  service?: string[]
  name?: string[]
  kind?: string[]
  attr?: string[]
  resource?: string[]
  traceAttr?: string[]
  event?: string[]
  error?: boolean
  minDuration?: string
  maxDuration?: string
  where?: string
  dedupe?: boolean
  /** The old spelling of `dedupe`. */
  distinct?: boolean
  /** False with --no-weight. */
  weight?: boolean
}

/** Adds the flags that choose spans. */
export function addFilterFlags(command: Command): Command {
  command.optionsGroup('Spans:')
  for (const { flags, help, repeatable } of FILTER_LIST) {
    if (repeatable) command.option(flags, help, many)
    else command.option(flags, help)
  }
  return command
    .option(
      '--dedupe',
      'each span once, in its last version; else each copy counts on other servers (see otrace doctor)',
    )
    .option(
      '--no-dedupe',
      'every copy of a span that the collector received again (by default: the last)',
    )
    .addOption(new Option('--distinct', 'the old name of --dedupe').hideHelp())
    .option('--no-weight', 'count each sampled span as one instead of its adjusted count')
    .option(
      '--where <condition>',
      "a SQL condition over the columns of `spans`, such as 'duration > 100ms'",
    )
}

/** Their names, as commander stores them. */
export const FILTER_FLAGS = addFilterFlags(new Command()).options.map((option) =>
  option.attributeName(),
)

/**
 * The filters of the flags.
 * @throws OtraceError (exit 2) for an unknown kind, a malformed condition or duration
 */
export function readFilters(flags: FilterFlags): Filters {
  const filters = filtersOf(valuesOf(flags), (name) => `--${name}`)
  const { where } = flags
  if (where?.trim() === '') {
    throw usage('--where is empty', `write it like --where 'http_status >= 500'; ${COLUMN_LIST}`)
  }
  if (where) {
    whereSql(where)
    filters.where = where
  }
  const dedupe = flags.distinct || flags.dedupe
  if (dedupe !== undefined) filters.dedupe = dedupe
  return filters
}

/** The flags as typed, for a command that asks about the same spans. */
export function filterWords(flags: FilterFlags): string[] {
  const { where, dedupe, distinct, weight } = flags
  return [
    ...filterFlagWords(valuesOf(flags)),
    ...(dedupe || distinct ? ['--dedupe'] : dedupe === false ? ['--no-dedupe'] : []),
    ...(weight === false ? ['--no-weight'] : []),
    ...(where === undefined ? [] : ['--where', where]),
  ]
}

function valuesOf(flags: FilterFlags): FilterValues {
  const values: FilterValues = {}
  for (const listed of FILTER_LIST) {
    const value = flags[new Option(listed.flags).attributeName()]
    if (value === undefined || value === false) continue
    values[filterName(listed)] = value === true ? [] : [value].flat().map(String)
  }
  return values
}
