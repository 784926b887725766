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
import { protoPath, REQUESTS, type Signal } from './otlp/proto.ts'
import { lengthPrefix } from './otlp/wire.ts'
import { records, type Spool, type SpoolFile } from './spool.ts'
import { quote, type Session, type Store } from './store.ts'
import { schemaFile, TABLES } from './tables.ts'

interface Journal {
  /** Base names of spool files. */
  files: string[]
  /** Each table's highest block number before the INSERT. */
  blocks: Record<string, number>
}

const ANY_VALUE = schemaFile('any_value.txt').trim()

/** Errors that say something of the machine or the moment, nothing of the data: to be tried again. */
const TRANSIENT =
  /MEMORY_LIMIT_EXCEEDED|NOT_ENOUGH_SPACE|CANNOT_(WRITE|OPEN_FILE|ALLOCATE|CREATE|FSYNC|CLOSE)|TOO_MANY_PARTS|TIMEOUT|QUERY_WAS_CANCELLED|ABORTED|No space left|errno|Closed/

export class Loader {
  readonly #signal: Signal
  readonly #store: Store
  readonly #spool: Spool
  readonly #session: Session
  readonly #journalPath: string
  /** Rows stored since the start. */
  stored = 0
  /** Spool files set aside since the start, because ClickHouse could not read them. */
  setAside = 0

  constructor(signal: Signal, store: Store, spool: Spool) {
    this.#signal = signal
    this.#store = store
    this.#spool = spool
    this.#journalPath = join(spool.directory, 'loading.json')
    this.#session = store.session()
    // One block whatever its size: one part a day is what makes an INSERT resumable.
    this.#session.query(
      // From its file: a schema given as text would be written into a folder of the working directory.
      `SET format_schema = ${quote(`${protoPath}:${REQUESTS[signal]}`)}, input_format_protobuf_oneof_presence = 1,
           min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 0,
           max_insert_block_size = 1000000000, max_insert_threads = 1,
           max_partitions_per_insert_block = 0, insert_deduplicate = 0, log_comment = 'otrace load'`,
    )
  }

  /** Finishes what a killed process, or a failed load(), was at. To be called before the first load(). */
  async recover(): Promise<void> {
    if (!existsSync(this.#journalPath)) return
    const journal: Journal = JSON.parse(readFileSync(this.#journalPath, 'utf8'))
    const files = this.#spool.sealed(journal.files)
    if (files.length > 0) {
      if (await this.#hasBegun(journal)) {
        // Some day has its rows: only this very statement, again, can tell which rows are missing.
        try {
          await this.#insert(journal, files)
          this.#finish(files)
        } catch (error) {
          if (TRANSIENT.test(String(error))) throw error
          for (const file of files) this.#putAside(file, error)
        }
      } else {
        // Nothing of it is stored: the files are as good as new.
        rmSync(this.#journalPath)
      }
    }
    rmSync(this.#journalPath, { force: true })
  }

  /** Loads what one statement should carry. Resolves to whether there was anything. Throws what may pass. */
  async load(): Promise<boolean> {
    await this.recover()
    const files = await this.#spool.take()
    if (files.length === 0) return false
    await this.#loadFiles(files)
    return true
  }

  close(): void {
    this.#session.close()
  }

  /** @throws the engine's error when it is transient, or when part of the files is stored. */
  async #loadFiles(files: SpoolFile[]): Promise<void> {
    const journal = await this.#begin(files)
    try {
      await this.#insert(journal, files)
    } catch (error) {
      if (TRANSIENT.test(String(error)) || (await this.#hasBegun(journal))) throw error
      rmSync(this.#journalPath)
      if (files.length > 1) {
        for (const file of files) await this.#loadFiles([file])
      } else {
        await this.#bisect(files[0]!, error)
      }
      return
    }
    this.#finish(files)
  }

  async #begin(files: SpoolFile[]): Promise<Journal> {
    const journal: Journal = { files: files.map((file) => basename(file.path)), blocks: {} }
    for (const table of TABLES[this.#signal]) {
      const [row] = await this.#store.rows<{ block: number }>(schemaFile('last_block.sql'), {
        table,
      })
      journal.blocks[table] = Number(row?.block ?? 0)
    }
    const draft = `${this.#journalPath}.draft`
    writeFileSync(draft, JSON.stringify(journal))
    renameSync(draft, this.#journalPath)
    return journal
  }

  #finish(files: SpoolFile[]): void {
    for (const file of files) this.stored += file.rows
    this.#spool.remove(files)
    rmSync(this.#journalPath)
  }

  async #insert(journal: Journal, files: SpoolFile[]): Promise<void> {
    const matched = pattern(this.#spool.directory, files)
    const [counted] = await this.#store.rows<{ files: number }>(schemaFile('count_files.sql'), {
      files: matched,
    })
    if (Number(counted?.files) !== files.length) {
      // A path with glob characters would match nothing, which ClickHouse takes for no rows.
      throw new Error(`ClickHouse does not find the spool files ${matched} (errno ENOENT)`)
    }
    for (const [table, block] of Object.entries(journal.blocks)) {
      const loaded = await this.#daysAfter(table, block)
      await this.#session.queryBindAsync(schemaFile(`load_${table}.sql`), {
        files: matched,
        any_value: ANY_VALUE,
        loaded,
      })
      if (loaded.length > 0 && table === 'otel_traces') {
        await this.#store.run(schemaFile('refill_trace_id_ts.sql'), { block })
      }
    }
  }

  async #hasBegun(journal: Journal): Promise<boolean> {
    for (const [table, block] of Object.entries(journal.blocks)) {
      if ((await this.#daysAfter(table, block)).length > 0) return true
    }
    return false
  }

  async #daysAfter(table: string, block: number): Promise<string[]> {
    const parameters = { table, block }
    const rows = await this.#store.rows<{ day: string }>(
      schemaFile('days_after_block.sql'),
      parameters,
    )
    return rows.map((row) => row.day)
  }

  /** Splits a file that does not load until what is left of it is one request, which is set aside. */
  async #bisect(file: SpoolFile, error: unknown): Promise<void> {
    const requests = [...records(readFileSync(file.path))].map((record) => record.body)
    if (requests.length <= 1) {
      this.#putAside(file, error)
      return
    }
    const middle = requests.length >> 1
    const halves = [requests.slice(0, middle), requests.slice(middle)]
    const files = this.#spool.replace(
      file,
      halves.map((half) =>
        Buffer.concat(half.flatMap((body) => [lengthPrefix(body.length), body])),
      ),
    )
    for (const half of files) await this.#loadFiles([half])
  }

  #putAside(file: SpoolFile, error: unknown): void {
    this.setAside++
    const kept = this.#spool.setAside(file, String(error))
    process.stderr.write(
      `otrace: what could not be stored is kept in ${kept}, with the reason beside it\n`,
    )
  }
}

/** The files as the one text that file() takes. It matches nothing, silently, when there is a slash between its braces. */
function pattern(directory: string, files: SpoolFile[]): string {
  const names = files.map((file) => basename(file.path))
  return join(directory, names.length === 1 ? names[0]! : `{${names.join(',')}}`)
}
