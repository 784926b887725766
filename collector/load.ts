/**
 * Spool files to tables, each request once; for main.ts.
 *
 * An INSERT … SELECT is not atomic, but a part is: one INSERT makes one part for each day it has rows of, and each part
 * takes the next block number of its table. So before an INSERT a journal names its files and the table's last block
 * number; whatever day has a higher one afterwards has its rows, and a repeated INSERT leaves that day out. The files go
 * before the journal does.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { protoText, REQUESTS, type Signal } from './otlp/proto.ts'
import type { Spool, SpoolFile } from './spool.ts'
import { quote, type Session, type Store } from './store.ts'
import { schemaFile, TABLES } from './tables.ts'

interface Journal {
  /** Base names of spool files. */
  files: string[]
  /** Each table's highest block number before the INSERT. */
  blocks: Record<string, number>
}

const ANY_VALUE = schemaFile('any_value.txt').trim()

export class Loader {
  readonly #signal: Signal
  readonly #store: Store
  readonly #spool: Spool
  readonly #session: Session
  readonly #journalPath: string
  /** Rows stored since the start. */
  stored = 0

  constructor(signal: Signal, store: Store, spool: Spool) {
    this.#signal = signal
    this.#store = store
    this.#spool = spool
    this.#journalPath = join(spool.directory, 'loading.json')
    this.#session = store.session()
    // One block whatever its size: one part a day is what makes an INSERT resumable.
    this.#session.query(
      `SET format_schema_source = 'string', format_schema = ${quote(protoText)},
           format_schema_message_name = ${quote(REQUESTS[signal])}, input_format_protobuf_oneof_presence = 1,
           min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 0,
           max_insert_block_size = 1000000000, max_insert_threads = 1,
           max_partitions_per_insert_block = 0, materialized_views_ignore_errors = 0,
           insert_deduplicate = 0`,
    )
  }

  /** Finishes what a killed process was at. To be called before the first load(). */
  async recover(): Promise<void> {
    if (!existsSync(this.#journalPath)) return
    const journal: Journal = JSON.parse(readFileSync(this.#journalPath, 'utf8'))
    const paths = journal.files
      .map((name) => join(this.#spool.directory, name))
      .filter((path) => existsSync(path))
    if (paths.length > 0) {
      await this.#insert(journal, paths)
      this.#spool.remove(paths.map((path) => ({ path, rows: 0, flatBytes: 0, bytes: 0 })))
    }
    rmSync(this.#journalPath)
  }

  /** Loads what one statement should carry. Resolves to whether there was anything. */
  async load(): Promise<boolean> {
    const files = await this.#spool.take()
    if (files.length === 0) return false
    await this.#loadFiles(files)
    return true
  }

  close(): void {
    this.#session.close()
  }

  async #loadFiles(files: SpoolFile[]): Promise<void> {
    const journal: Journal = { files: files.map((file) => basename(file.path)), blocks: {} }
    for (const table of TABLES[this.#signal]) journal.blocks[table] = await this.#lastBlock(table)
    const draft = `${this.#journalPath}.draft`
    writeFileSync(draft, JSON.stringify(journal))
    renameSync(draft, this.#journalPath)
    await this.#insert(
      journal,
      files.map((file) => file.path),
    )
    for (const file of files) this.stored += file.rows
    this.#spool.remove(files)
    rmSync(this.#journalPath)
  }

  async #insert(journal: Journal, paths: string[]): Promise<void> {
    for (const [table, block] of Object.entries(journal.blocks)) {
      await this.#session.queryBindAsync(schemaFile(`load_${table}.sql`), {
        files: glob(paths),
        any_value: ANY_VALUE,
        loaded: await this.#daysAfter(table, block),
      })
    }
  }

  async #lastBlock(table: string): Promise<number> {
    const [row] = await this.#store.rows<{ block: number }>(schemaFile('last_block.sql'), { table })
    return Number(row?.block ?? 0)
  }

  async #daysAfter(table: string, block: number): Promise<string[]> {
    const rows = await this.#store.rows<{ day: string }>(schemaFile('days_after_block.sql'), {
      table,
      block,
    })
    return rows.map((row) => row.day)
  }
}

/** Paths as the one text that file() takes. */
function glob(paths: string[]): string {
  return paths.length === 1 ? paths[0]! : `{${paths.join(',')}}`
}
