/**
 * Spool files to tables, each request once; for main.ts.
 *
 * An INSERT … SELECT is not atomic, but a part is: one INSERT makes one part for each day it has rows of, and each part
 * takes the next block number of its table. So before an INSERT a journal names its files and the table's last block
 * number; whatever day has a higher one afterwards has its rows, and what is inserted again, whole or in pieces, leaves
 * that day out. The files go before the journal does.
 */
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Journal } from './journal.ts'
import { protoPath, REQUESTS, type Signal } from './otlp/proto.ts'
import { lengthPrefix } from './otlp/wire.ts'
import type { Spool } from './spool.ts'
import { records, type SpoolFile } from './spool-file.ts'
import { quote, type Session, type Store } from './store.ts'
import { schemaFile, TABLES } from './tables.ts'

const ANY_VALUE = schemaFile('any_value.txt').trim()

/** Errors that say something of the machine or the moment, nothing of the data: to be tried again. */
const TRANSIENT =
  /MEMORY_LIMIT_EXCEEDED|NOT_ENOUGH_SPACE|CANNOT_(WRITE|OPEN_FILE|ALLOCATE|CREATE|FSYNC|CLOSE)|TOO_MANY_PARTS|TIMEOUT|QUERY_WAS_CANCELLED|ABORTED|No space left|errno|Closed/

/** Of them, what less at once may mend. */
const TOO_MUCH = /MEMORY_LIMIT_EXCEEDED/

/** Bytes that one INSERT may take. A statement of 200,000 ordinary spans takes less than 300 MiB. */
const MEMORY = 2 ** 30

export class Loader {
  readonly #tables: readonly string[]
  readonly #store: Store
  readonly #spool: Spool
  readonly #session: Session
  readonly #journal: Journal
  /** Rows stored since the start. */
  stored = 0
  /** Spool files set aside since the start, because ClickHouse could not read them. */
  setAside = 0

  constructor(signal: Signal, store: Store, spool: Spool, memory = MEMORY) {
    this.#tables = TABLES[signal]
    this.#store = store
    this.#spool = spool
    this.#journal = new Journal(join(spool.directory, 'loading.json'))
    this.#session = store.session()
    // One block whatever its size: one part a day is what makes an INSERT resumable.
    this.#session.query(
      // From its file: a schema given as text would be written into a folder of the working directory.
      `SET format_schema = ${quote(`${protoPath}:${REQUESTS[signal]}`)}, input_format_protobuf_oneof_presence = 1,
           min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 0,
           max_insert_block_size = 1000000000, max_insert_threads = 1, max_memory_usage = ${memory},
           max_partitions_per_insert_block = 0, insert_deduplicate = 0, log_comment = 'otrace load'`,
    )
  }

  /** Finds out what a killed process, or a failed load(), has stored. To be called before anything is appended. */
  async recover(): Promise<void> {
    // First of all: a new file may get the name of one that is gone.
    this.#journal.tidy(this.#spool.sealed)
    await this.#settle()
  }

  /** Loads what one statement should carry. Resolves to whether there was anything. Throws what may pass. */
  async load(): Promise<boolean> {
    await this.recover()
    const unfinished = this.#unfinished()
    const files = unfinished ? [unfinished] : await this.#spool.take()
    if (files.length === 0) return false
    await this.#loadFiles(files)
    return true
  }

  close(): void {
    this.#session.close()
  }

  #unfinished(): SpoolFile | undefined {
    return this.#spool.sealed.find((file) => {
      const { at, skip } = this.#journal.progressOf(file)
      return at > 0 || skip.length > 0
    })
  }

  /**
   * Loads files that have come equally far.
   * @throws the engine's error when it may pass.
   */
  async #loadFiles(files: SpoolFile[]): Promise<void> {
    const reached = this.#journal.progressOf(files[0]!)
    for (let at = reached.at; at < this.#tables.length; at++) {
      const table = this.#tables[at]!
      const progress = { ...reached, at, skip: at === reached.at ? reached.skip : [] }
      const [row] = await this.#store.rows<{ block: number }>(schemaFile('last_block.sql'), {
        table,
      })
      this.#journal.begin(files, progress, Number(row?.block ?? 0))
      try {
        await this.#insert(files, table, progress.skip)
      } catch (error) {
        await this.#settle()
        await this.#divide(files, at, error)
        return
      }
    }
    if (reached.aside === undefined) for (const file of files) this.stored += file.rows
    this.#spool.remove(files)
    this.#journal.tidy(this.#spool.sealed)
  }

  async #insert(files: SpoolFile[], table: string, loaded: string[]): Promise<void> {
    const matched = pattern(this.#spool.directory, files)
    const [counted] = await this.#store.rows<{ files: number }>(schemaFile('count_files.sql'), {
      files: matched,
    })
    if (Number(counted?.files) !== files.length) {
      // A path with glob characters would match nothing, which ClickHouse takes for no rows.
      throw new Error(`ClickHouse does not find the spool files ${matched} (errno ENOENT)`)
    }
    await this.#session.queryBindAsync(schemaFile(`load_${table}.sql`), {
      files: matched,
      any_value: ANY_VALUE,
      loaded,
    })
  }

  /** Writes down which days an INSERT that did not go through has stored. */
  async #settle(): Promise<void> {
    const { insert } = this.#journal
    if (!insert) return
    const { at, skip, aside, block } = insert
    const table = this.#tables[at]!
    const rows = await this.#store.rows<{ day: string }>(schemaFile('days_after_block.sql'), {
      table,
      block,
    })
    const days = rows.map((row) => row.day)
    if (days.length > 0 && table === 'otel_traces') {
      await this.#store.run(schemaFile('refill_trace_id_ts.sql'), { block })
    }
    this.#journal.settle({ at, skip: [...new Set([...skip, ...days])], aside })
  }

  /**
   * Loads in halves what does not load at once, until what is left is one request that a table does not take: that is set
   * aside, and goes on to the next table.
   */
  async #divide(files: SpoolFile[], at: number, error: unknown): Promise<void> {
    const isTooMuch = TOO_MUCH.test(String(error))
    if (!isTooMuch && TRANSIENT.test(String(error))) throw error
    if (files.length > 1) {
      const middle = files.length >> 1
      await this.#loadFiles(files.slice(0, middle))
      await this.#loadFiles(files.slice(middle))
      return
    }
    const file = files[0]!
    const requests = [...records(readFileSync(file.path))].map((record) => record.body)
    if (requests.length > 1) {
      const middle = requests.length >> 1
      const halves = [requests.slice(0, middle), requests.slice(middle)].map((half) =>
        Buffer.concat(half.flatMap((body) => [lengthPrefix(body.length), body])),
      )
      for (const half of this.#spool.replace(file, halves)) await this.#loadFiles([half])
      return
    }
    if (isTooMuch) throw error
    await this.#putAside(file, at, error)
  }

  async #putAside(file: SpoolFile, at: number, error: unknown): Promise<void> {
    const { aside } = this.#journal.progressOf(file)
    const kept = this.#spool.setAside(file, `${this.#tables[at]}: ${error}`, aside)
    if (aside === undefined) {
      this.setAside++
      process.stderr.write(
        `otrace: what could not be stored is kept in ${kept}, with the reason beside it\n`,
      )
    }
    const next = { at: at + 1, skip: [], aside: kept }
    this.#journal.advance(file, next)
    await this.#loadFiles([file])
  }
}

/** The files as the one text that file() takes. It matches nothing, silently, when there is a slash between its braces. */
function pattern(directory: string, files: SpoolFile[]): string {
  const names = files.map((file) => basename(file.path))
  return join(directory, names.length === 1 ? names[0]! : `{${names.join(',')}}`)
}
