/** Divides the requests of one window: slow or failing ones, and the others. */
import { failedTraces } from './analyse.ts'
import { requestOf } from './changed.ts'
import { buildTree, type LogLine, type Operation, type TraceRow } from './tree.ts'

/**
 * Slow: at least a duration in ns, or a quantile of the requests of the same type. Matching: those whose ids are given.
 */
export type Selection =
  | { slow: { least: number } | { quantile: number } }
  | { errors: true }
  | { matching: ReadonlySet<string> }

/** The same rows, with `after` set for the chosen ones. They can be read several times, as the given ones. */
export function chooseSides(
  rows: Iterable<TraceRow>,
  selection: Selection,
  { operations, lines }: { operations: readonly Operation[]; lines: readonly LogLine[] },
): Iterable<TraceRow> {
  if ('matching' in selection)
    return withSides(rows, [...mapped(rows, ({ id }) => selection.matching.has(id))])
  if ('errors' in selection) {
    const failed = failedTraces(rows, lines)
    return withSides(rows, [
      ...mapped(rows, (row) => failed(row, () => buildTree(row, operations))),
    ])
  }
  const requests = [
    ...mapped(rows, (row) => {
      const { type, duration } = requestOf(buildTree(row, operations), 0, false)
      return { type, duration }
    }),
  ]
  const { slow } = selection
  if ('least' in slow)
    return withSides(
      rows,
      requests.map(({ duration }) => duration >= slow.least),
    )
  const byType = new Map<string, number[]>()
  for (const { type, duration } of requests) {
    const known = byType.get(type)
    if (known) known.push(duration)
    else byType.set(type, [duration])
  }
  const limits = new Map<string, number>()
  for (const [type, durations] of byType) {
    durations.sort((a, b) => a - b)
    const place = Math.floor(slow.quantile * durations.length)
    limits.set(type, durations[Math.min(durations.length - 1, place)]!)
  }
  return withSides(
    rows,
    // A type with few requests has no slow ones of its own.
    requests.map(
      ({ type, duration }) => byType.get(type)!.length >= 10 && duration >= limits.get(type)!,
    ),
  )
}

/** Durations in ns, sorted, of an operation's spans before; of all of the service's where the name is ''. */
export function durationsBefore(
  rows: Iterable<TraceRow>,
  operations: readonly Operation[],
  { service, name }: Operation,
): number[] {
  const isOf = operations.map(
    (one) => one.service === service && (name === '' || one.name === name),
  )
  const found: number[] = []
  for (const { after, operations: own, durations } of rows)
    if (!after) for (let i = 0; i < own.length; i++) if (isOf[own[i]!]) found.push(durations[i]!)
  return found.sort((a, b) => a - b)
}

function* mapped<T, U>(all: Iterable<T>, change: (one: T) => U): Generator<U> {
  for (const one of all) yield change(one)
}

function withSides(rows: Iterable<TraceRow>, chosen: readonly boolean[]): Iterable<TraceRow> {
  return {
    *[Symbol.iterator]() {
      let i = 0
      for (const row of rows) yield { ...row, after: chosen[i++]! }
    },
  }
}
