/** What differs between the spans of a window and the last run of a baseline file. */
import { plural } from '../../units/units.ts'
import { builtInQuery, queryRows } from '../run.ts'
import type { Session } from '../session.ts'
import { lastRun } from './baseline.ts'
import type { Operations } from './names.ts'

/** Names in a note. */
const NAMED = 5
/** Operations in a baseline file: a program that makes up names must not fill it. */
const MOST_OPERATIONS = 2000

/** The SDKs and runtimes of the window's spans: `shop: opentelemetry nodejs 2.2.0 on nodejs 22.1.0`. */
export async function readSdks(session: Session): Promise<string[]> {
  const rows = await queryRows(session, builtInQuery('internal/gate/sdks.sql', {}, session.source))
  return rows.map(({ sdk }) => String(sdk))
}

/** Service and name of every operation, sorted. */
export function operationNames({ services }: Operations): string[] {
  const names = [...services].flatMap(([service, own]) =>
    [...own].map((name) => `${service}: ${name}`),
  )
  return names.sort().slice(0, MOST_OPERATIONS)
}

/**
 * Notes about SDKs and runtimes that differ from those of the file's last run, and about operations that it lacks: a
 * check compares the same work only if both are the same. None without the file.
 */
export async function changesSince(
  session: Session,
  path: string,
  operations: Operations,
): Promise<string[]> {
  const last = lastRun(path)
  if (!last) return []
  const sdks = await readSdks(session)
  const before = last.commit ? `the baseline (${last.commit.slice(0, 8)})` : 'the baseline'
  const came = sdks.filter((sdk) => !last.sdks.includes(sdk))
  const went = last.sdks.filter((sdk) => !sdks.includes(sdk))
  const known = new Set(last.operations)
  const added = last.operations ? operationNames(operations).filter((one) => !known.has(one)) : []
  return [
    ...(came.length > 0 && went.length > 0
      ? [`another SDK or runtime than in ${before}: ${some(came)}; before: ${some(went)}`]
      : []),
    ...(added.length > 0 && known.size < MOST_OPERATIONS
      ? [
          `${plural(added.length, 'operation is', 'operations are')} not in ${before}: ${some(added)}`,
        ]
      : []),
  ]
}

function some(texts: string[]): string {
  const more = texts.length - NAMED
  return [...texts.slice(0, NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ')
}
