/** The spans of one check: its filters, and the commands that show them. */

import { OtraceError, usage } from '../../errors.ts'
import { fileKey } from '../../gate/file/filters.ts'
import type { CheckFilters, GateCheck } from '../../gate/file/model.ts'
import { shellLine } from '../../output/shell-line.ts'
import type { SpansSource } from '../../query/compose/source.ts'
import { filterFlagWords, filtersOf } from '../../query/filters/list.ts'
import { dedupeOf, type Filters } from '../../query/filters.ts'
import { isoText } from '../../query/window.ts'
import { checkWhere, dryRun } from '../check-where.ts'
import type { Session } from '../session.ts'

/**
 * The source of a check's spans.
 * @throws OtraceError (exit 2) with the place of a malformed condition
 */
export async function sourceOf(session: Session, check: GateCheck): Promise<SpansSource> {
  const { source, store } = session
  const { values, whereAt = check.at } = check.filters
  const where = conditionOf(check.filters)
  const own = { ...filtersOf(values, fileKey), where }
  const joined = { ...source, filters: joinFilters(source.filters, own) }
  if (where !== undefined) {
    await placed(whereAt, async () => {
      await checkWhere(store, where)
      await dryRun(store, where, joined)
    })
  }
  return joined
}

function conditionOf({ root, where }: CheckFilters, more?: string): string | undefined {
  const all = [where, more, root ? "parent_id = ''" : undefined].filter((one) => one !== undefined)
  return all.length > 1 ? all.map((one) => `(${one})`).join(' AND ') : all[0]
}

export function joinFilters(one: Filters, other: Filters): Filters {
  const both = [one.where, other.where].filter((text) => text !== undefined)
  return {
    conditions: [...one.conditions, ...other.conditions],
    traceConditions: [...one.traceConditions, ...other.traceConditions],
    ...(both.length > 0 ? { where: both.map((text) => `(${text})`).join(' AND ') } : {}),
    ...dedupeOf(one, other),
  }
}

/** Adds the place in the check file to an error of malformed input. */
export async function placed<T>(at: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof OtraceError) || error.exit !== 2) throw error
    throw usage(`${at}: ${error.message.replace(/^--/, '')}`, error.hint)
  }
}

/** Adds the place of a check to an error that has none: a filter's that only the server finds. */
export function placedOnce<T>(at: string, work: () => Promise<T>): Promise<T> {
  return work().catch((error: unknown) => {
    if (error instanceof OtraceError && /:\d+:\d+: /.test(error.message)) throw error
    return placed(at, () => Promise.reject(error))
  })
}

/** The filter flags of the command line, as typed. */
export interface Typed {
  words: string[]
  where?: string
}

/** The command that lists a check's spans. */
export function showCommand(
  session: Session,
  { filters }: GateCheck,
  typed: Typed,
  extra: string[],
  place: string[],
): string {
  const { window } = session.source
  const where = conditionOf(filters, typed.where)
  return shellLine([
    'otrace',
    'spans',
    ...filterFlagWords(filters.values),
    ...typed.words,
    ...(where === undefined ? [] : ['--where', where]),
    ...extra,
    ...(window ? ['--from', shortTime(window.from), '--to', shortTime(window.to)] : []),
    ...place,
  ])
}

/** The command that shows one trace. */
export function traceCommandText(id: string, place: string[]): string {
  return shellLine(['otrace', 'trace', id, ...place])
}

const shortTime = (at: bigint) => isoText(at).replace(/\.?0+Z$/, 'Z')
