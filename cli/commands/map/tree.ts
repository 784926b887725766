/** Calls as a tree: each service below its callers, its own calls listed once. */
import type { Cell, Column, Row } from '../../result.ts'

export type NodeType = 'service' | 'database' | 'queue' | 'external'

/** A row of `queries/internal/map/calls.sql`. */
export interface Call {
  /** Empty for requests without a stored caller. */
  from: string
  fromType: NodeType | ''
  to: string
  toType: NodeType
  calls: number
  rps: number
  errorShare: number
  /** Nanoseconds; null where no span measured it. */
  p95: number | null
  row: Row
}

export function readCalls(rows: Row[]): Call[] {
  return rows.map((row) => ({
    from: String(row.from),
    fromType: String(row.from_type) as NodeType,
    to: String(row.to),
    toType: String(row.to_type) as NodeType,
    calls: Number(row.calls),
    rps: Number(row.rps),
    errorShare: Number(row.error_share),
    p95: numberOf(row.p95_caller ?? row.p95_called),
    row,
  }))
}

const numberOf = (cell: Cell | undefined) =>
  cell === null || cell === undefined ? null : Number(cell)

/** Two nodes of the same name and type are the same node. */
export const nodeKey = (type: string, name: string) => `${type} ${name}`

/** For people: a service by its name alone. */
export function nodeText(type: string, name: string): string {
  return type === 'service' ? name : `${name} [${type}]`
}

const SHOWN = ['rps', 'error_share', 'p95_caller', 'p95_called', 'p95_gap', 'samples']

/** The tree as a table, with its branches in the first column. */
export function callTree(calls: Call[]): { columns: Column[]; rows: Row[] } {
  const columns = ['call', ...SHOWN].map((name) => ({
    name,
    type: name === 'call' ? 'String' : 'Nullable(Float64)',
  }))
  const out = new Map<string, Call[]>()
  for (const call of calls) {
    const key = call.fromType === '' ? '' : nodeKey(call.fromType, call.from)
    out.set(key, [...(out.get(key) ?? []), call])
  }
  const rows: Row[] = []
  const seen = new Set<string>()
  const add = (call: string, row: Row = {}) =>
    rows.push({ call, ...Object.fromEntries(SHOWN.map((name) => [name, row[name] ?? null])) })
  const below = (key: string, indent: string) => {
    const children = out.get(key) ?? []
    for (const [i, child] of children.entries()) {
      const last = i === children.length - 1
      const childKey = nodeKey(child.toType, child.to)
      const again = seen.has(childKey) && out.has(childKey) ? ' ↑' : ''
      add(`${indent}${last ? '└─' : '├─'} ${nodeText(child.toType, child.to)}${again}`, child.row)
      if (seen.has(childKey)) continue
      seen.add(childKey)
      below(childKey, `${indent}${last ? '   ' : '│  '}`)
    }
  }
  const top = (type: string, name: string, row?: Row) => {
    const key = nodeKey(type, name)
    if (seen.has(key)) return
    seen.add(key)
    add(nodeText(type, name), row)
    below(key, '')
  }
  // A service that others call, too, stands below them.
  const called = new Set(
    calls.flatMap(({ fromType, from, toType, to }) =>
      fromType !== '' && nodeKey(fromType, from) !== nodeKey(toType, to)
        ? [nodeKey(toType, to)]
        : [],
    ),
  )
  const entries = out.get('') ?? []
  for (const { to, toType, row } of entries)
    if (!called.has(nodeKey(toType, to))) top(toType, to, row)
  for (const { from, fromType } of calls) {
    if (fromType !== '' && !called.has(nodeKey(fromType, from))) top(fromType, from)
  }
  // What is left calls itself in circles.
  for (const { to, toType, row } of entries) top(toType, to, row)
  for (const { from, fromType } of calls) if (fromType !== '') top(fromType, from)
  return { columns, rows }
}
