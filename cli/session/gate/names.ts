/** Verifies that the services, operations and attributes of checks exist. */
import { usage } from '../../errors.ts'
import { namesOf } from '../../gate/file/filters.ts'
import type { GateCheck, NamedPlace } from '../../gate/file/model.ts'
import { didYouMean } from '../../query/did-you-mean.ts'
import { NO_FILTERS } from '../../query/filters.ts'
import { builtInQuery, queryRows } from '../run.ts'
import type { Session } from '../session.ts'

export interface Operations {
  /** The operations of each service. */
  services: Map<string, Set<string>>
  /** All spans of the window. */
  spans: number
  /** Nanoseconds since 1970 of the first and the last start. */
  first: bigint
  last: bigint
}

/** Names in the window, regardless of filters. */
export async function readOperations(session: Session): Promise<Operations> {
  const source = { ...session.source, filters: NO_FILTERS }
  const rows = await queryRows(session, builtInQuery('internal/gate/operations.sql', {}, source))
  const sorted = (name: string) =>
    rows.map((row) => BigInt(String(row[name]))).sort((a, b) => (a < b ? -1 : 1))
  const services = new Map<string, Set<string>>()
  for (const { service, name } of rows) {
    const names = services.get(String(service)) ?? new Set()
    services.set(String(service), names.add(String(name)))
  }
  return {
    services,
    spans: Number(rows[0]?.total ?? 0),
    first: sorted('first')[0] ?? 0n,
    last: sorted('last').at(-1) ?? 0n,
  }
}

/**
 * A check about a name without spans would always pass.
 * @throws OtraceError (exit 2) with line, column and the nearest name
 */
export async function refuseUnknownNames(
  session: Session,
  checks: GateCheck[],
  { services }: Operations,
): Promise<void> {
  const named = [...flagNames(session), ...checks.flatMap((check) => check.named)]
  const attributes = named.flatMap(({ what, name }) => (what === 'attribute' ? [name] : []))
  const keys = await knownKeys(session, [...new Set(attributes)])
  const names = new Set([...services.values()].flatMap((own) => [...own]))
  const known = { service: new Set(services.keys()), operation: names, attribute: keys }
  for (const { what, name, at } of named) {
    if (known[what].has(name)) continue
    const meant = didYouMean(name, known[what])
    const list =
      what === 'service'
        ? 'otrace services'
        : what === 'operation'
          ? 'otrace operations'
          : 'otrace attributes'
    throw usage(
      `${at}: no span in the window has the ${what} ${name}`,
      meant ? `did you mean ${meant}?` : `${list} lists those that exist`,
    )
  }
}

/** Names in the flags of the command line. */
function flagNames({ source }: Session): NamedPlace[] {
  const { conditions, traceConditions } = source.filters
  return [...conditions, ...traceConditions].flatMap((condition) => {
    const flag = condition.filter.replace(/-(?!duration).*/, '')
    return namesOf(condition, { at: `--${flag}`, line: 1, column: 1 })
  })
}

/** These keys if spans have all of them, else every key of the window: the first span with a key is found sooner. */
async function knownKeys(session: Session, wanted: string[]): Promise<Set<string>> {
  const found = await Promise.all(wanted.map((key) => hasKey(session, key)))
  return found.includes(false) ? readKeys(session) : new Set(wanted)
}

async function hasKey(session: Session, key: string): Promise<boolean> {
  for (const filter of ['attr-present', 'resource-present'] as const) {
    const filters = { ...NO_FILTERS, conditions: [{ filter, key }] }
    const source = { ...session.source, filters, weighted: false }
    const any = builtInQuery('internal/store/any-span.sql', {}, source)
    if ((await queryRows(session, any)).length > 0) return true
  }
  return false
}

/** Attribute keys of spans and resources in the window, regardless of filters. */
export async function readKeys(session: Session): Promise<Set<string>> {
  const source = { ...session.source, filters: NO_FILTERS }
  const rows = await queryRows(session, builtInQuery('internal/gate/keys.sql', {}, source))
  return new Set(rows.map(({ key }) => String(key)))
}
