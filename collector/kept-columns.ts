/** The columns and indexes of a store's tables, kept beside them. */
import { join } from 'node:path'
import { readOwnFile } from './address-file.ts'

/** File in the engine's directory with the state of the store behind createTables(). */
export const MARK = 'tables-made'
/** File there with the columns, which change with the tables alone. */
export const COLUMNS = 'columns.json'

/** A row of `queries/internal/store/columns.sql`. */
export type ColumnRow = Record<string, string>

export interface KeptColumns {
  /** The mark of the tables that the rows are about. */
  made: string
  rows: ColumnRow[]
}

/** What columns.sql would say of a data directory and a database; undefined where no collector kept it. */
export function readColumns(dataDir: string, database = ''): ColumnRow[] | undefined {
  const fileOf = (name: string) => readOwnFile(join(dataDir, 'clickhouse', name))
  const [file, mark] = [fileOf(COLUMNS), fileOf(MARK)]
  if (!file || !mark || (process.getuid && file.uid !== process.getuid())) return undefined
  try {
    const { made, rows }: KeptColumns = JSON.parse(file.text)
    if (made !== mark.text || rows.length === 0) return undefined
    return rows.filter((row) => row.what !== 'column' || ['', row.database].includes(database))
  } catch {
    // A killed process left a part of it.
    return undefined
  }
}
