/** Columns of system tables that show paths, the host, users or other clients' statements. */
import { RefusedStatementError } from '../errors.ts'
import type { Node } from './tree.ts'

/** By table. */
export const HIDDEN: Record<string, string[]> = {
  databases: ['data_path', 'metadata_path'],
  merges: ['source_part_paths', 'result_part_path'],
  parts: ['path'],
  parts_columns: ['path'],
  // A running statement names the file of its answer.
  processes: [
    'Settings',
    'Settings.Names',
    'Settings.Values',
    'address',
    'client_hostname',
    'forwarded_for',
    'http_referer',
    'initial_address',
    'os_user',
    'query',
  ],
  tables: ['data_paths', 'metadata_path'],
}

const WILDCARD = /^(?:Qualified)?(?:Asterisk|ColumnsRegexpMatcher)$/

/**
 * Columns must be named where a table has hidden ones, because the tree does not show what an asterisk selects.
 * @param database where a table without a database is
 * @throws RefusedStatementError
 */
export function checkHidden(root: Node, database: string): void {
  const tables = tablesIn(root, database)
  if (tables.length === 0) return
  const hidden = new Set(
    tables.flatMap(({ table }) => HIDDEN[table]!.map((name) => name.toLowerCase())),
  )
  const whole = new Set(tables.flatMap(({ names }) => names))
  const visit = (node: Node, above: Node[], isWithin: boolean): void => {
    const { kind, name, children } = node
    const within = isWithin || (kind === 'SelectQuery' && fromOf(node, database))
    if (WILDCARD.test(kind) && within && above.at(-2)?.name.toLowerCase() !== 'count') {
      throw new RefusedStatementError(
        `name the columns to read from system.${tables[0]!.table}, because some are hidden here`,
      )
    }
    if (kind === 'Identifier') {
      const parts = name.toLowerCase().split('.')
      const found = parts.find((part) => hidden.has(part))
      if (found !== undefined)
        throw new RefusedStatementError(`column ${found} of a system table is hidden here`)
      // A table's name is a tuple of all its columns, and a set in IN.
      if (whole.has(name.toLowerCase()))
        throw new RefusedStatementError(`table ${name} is not allowed as a value here`)
    }
    for (const child of children) visit(child, [...above, node].slice(-2), within)
  }
  visit(root, [], false)
}

interface Found {
  table: string
  /** Lower case. */
  names: string[]
}

function tablesIn(root: Node, database: string): Found[] {
  const found = hiddenTable(root, database)
  return [
    ...(found === undefined ? [] : [found]),
    ...root.children.flatMap((child) => tablesIn(child, database)),
  ]
}

/** Whether a SELECT reads such a table directly. */
function fromOf(select: Node, database: string): boolean {
  const from = select.children.find(({ kind }) => kind === 'TablesInSelectQuery')
  const tables = from?.children.flatMap((element) =>
    element.children.flatMap((expression) => expression.children),
  )
  return tables?.some((table) => hiddenTable(table, database) !== undefined) ?? false
}

/** The right side of IN may be an Identifier. */
function hiddenTable({ kind, name, alias }: Node, database: string): Found | undefined {
  if (kind !== 'TableIdentifier' && kind !== 'Identifier') return undefined
  const parts = name.toLowerCase().split('.')
  const isSystem = parts.length === 2 ? parts[0] === 'system' : database === 'system'
  const table = parts.at(-1)!
  if (!isSystem || parts.length > 2 || !Object.hasOwn(HIDDEN, table)) return undefined
  return { table, names: [name.toLowerCase(), table, ...(alias ? [alias.toLowerCase()] : [])] }
}
