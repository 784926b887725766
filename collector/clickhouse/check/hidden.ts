/** Columns of system tables that show paths, the host, users or other clients' statements. */
import { RefusedStatementError } from '../errors.ts'
import { tokenize } from './tokens.ts'
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
/** Of the table that they name. */
const QUALIFIED = /^Qualified(?:Asterisk|ColumnsRegexpMatcher)$/

/**
 * The tree does not show what an asterisk selects. So it gets tables without their hidden columns, where each of them
 * follows FROM in the text; else columns must be named.
 * @param text as the engine prints it
 * @param database where a table without a database is
 * @returns the text to run
 * @throws RefusedStatementError
 */
export function checkHidden(root: Node, text: string, database: string): string {
  const tables = tablesIn(root, database)
  if (tables.length === 0) return text
  const places = placesIn(text)
  let usesAll = false
  const hidden = new Set(
    tables.flatMap(({ table }) => HIDDEN[table]!.map((name) => name.toLowerCase())),
  )
  const whole = new Set(tables.flatMap(({ names }) => names))
  const visit = (node: Node, above: Node[], isWithin: boolean): void => {
    const { kind, name, children } = node
    const within = isWithin || (kind === 'SelectQuery' && fromOf(node, database))
    if (WILDCARD.test(kind) && within && above.at(-2)?.name.toLowerCase() !== 'count') {
      if (places.length !== tables.length) {
        throw new RefusedStatementError(
          `name the columns to read from system.${tables[0]!.table}, because some are hidden here`,
        )
      }
      usesAll = true
    }
    if (kind === 'Identifier') {
      const parts = name.toLowerCase().split('.')
      const found = parts.find((part) => hidden.has(part))
      if (found !== undefined)
        throw new RefusedStatementError(`column ${found} of a system table is hidden here`)
      // A table's name is a tuple of all its columns, and a set in IN.
      const isOfAll = usesAll && QUALIFIED.test(above.at(-1)?.kind ?? '')
      if (whole.has(name.toLowerCase()) && !isOfAll)
        throw new RefusedStatementError(`table ${name} is not allowed as a value here`)
    }
    for (const child of children) visit(child, [...above, node].slice(-2), within)
  }
  visit(root, [], false)
  return usesAll ? withoutHidden(text, places) : text
}

interface Place {
  table: string
  start: number
  isNamed: boolean
}

/** Where such tables follow FROM. */
function placesIn(text: string): Place[] {
  const tokens = tokenize(text)
  return tokens.flatMap(({ kind, text: word, start }, i) => {
    const table = kind === 'word' && word.startsWith('system.') ? word.slice(7) : ''
    if (!Object.hasOwn(HIDDEN, table) || tokens[i - 1]?.text !== 'FROM') return []
    return [{ table, start, isNamed: tokens[i + 1]?.text === 'AS' }]
  })
}

/** Such tables without their hidden columns. A subquery has no database: `system.tables.name` is `tables.name` then. */
function withoutHidden(text: string, places: Place[]): string {
  const byStart = new Map(places.map((place) => [place.start, place]))
  const unnamed = new Set(places.flatMap(({ table, isNamed }) => (isNamed ? [] : [table])))
  let out = ''
  let from = 0
  for (const { kind, text: word, start } of tokenize(text)) {
    const place = byStart.get(start)
    const [database, table = '', column] = kind === 'word' ? word.split('.') : []
    let instead = ''
    if (place) {
      const names = HIDDEN[place.table]!.map((name) => `\`${name}\``).join(', ')
      const alias = place.isNamed ? '' : ` AS ${place.table}`
      instead = `(SELECT * EXCEPT (${names}) FROM system.${place.table})${alias}`
    } else if (database === 'system' && column !== undefined && unnamed.has(table)) {
      instead = word.slice('system.'.length)
    } else continue
    out += text.slice(from, start) + instead
    from = start + word.length
  }
  return out + text.slice(from)
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
    // What a wildcard is of is not a further table.
    ...root.children
      .filter(({ kind }) => !QUALIFIED.test(root.kind) || kind !== 'Identifier')
      .flatMap((child) => tablesIn(child, database)),
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
