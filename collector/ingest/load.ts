/**
 * Loads spool files into their tables, each request exactly once.
 *
 * An INSERT … SELECT is not atomic, but a part is. One INSERT makes one part per day, and each part takes the next
 * block number of its table. So a journal first records the INSERT's files and the table's last block number. Any day
 * with a higher block number afterwards is stored, and a repeated INSERT leaves that day out. Files are deleted before
 * their journal entry.
 *
 * One file: what a failed INSERT stored decides what is loaded next.
 */
import { closeSync, existsSync, openSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Engine, LOAD_COMMENT, QUICK, quote, type Session } from '../engine/engine.ts'
import { engineError, inWords, isOfMoment } from '../engine/errors.ts'
import { daysAfter, renewFailures } from '../engine/failures.ts'
import { LEFT_TO_MERGES } from '../engine/reindex.ts'
import {
  loadStatement,
  refillStatements,
  schemaFile,
  syncTables,
  TABLES,
} from '../engine/tables.ts'
import { protoPath, REQUESTS, type Signal } from '../otlp/proto.ts'
import { structureOf } from '../otlp/structure.ts'
import { notify } from '../status.ts'
import { Journal } from './journal.ts'
import type { RecentSpans } from './recent-spans.ts'
import { halve } from './split.ts'
import type { Spool } from './spool.ts'
import type { SpoolFile, SpoolRecord } from './spool-file.ts'

/** The error that a smaller INSERT may avoid. */
const TOO_MUCH = 'MEMORY_LIMIT_EXCEEDED'
/** Of one INSERT, not of the process: retries do not help. */
const TOO_MUCH_ALONE = /Query memory limit exceeded/
/** A row beyond the memory limit is quarantined after this many tries. */
const MOST_TRIES = 10

/** Memory limit of one INSERT, in bytes. One of 200,000 ordinary spans takes less than 300 MiB. */
const MEMORY = 2 ** 30

/** Where Linux names the open files of this process. */
const DESCRIPTORS = '/proc/self/fd'
const HAS_DESCRIPTORS = existsSync(DESCRIPTORS)

export class Loader {
  readonly #signal: Signal
  readonly #tables: readonly string[]
  readonly #engine: Engine
  readonly #spool: Spool
  readonly #session: Session
  readonly #journal: Journal
  readonly #recent: RecentSpans | undefined
  /** Files to be loaded by themselves, after a batch with them failed. */
  readonly #suspects = new Set<string>()
  /** Rows stored since the start. */
  stored = 0

  constructor(signal: Signal, engine: Engine, spool: Spool, memory = MEMORY, recent?: RecentSpans) {
    this.#signal = signal
    this.#tables = TABLES[signal]
    this.#engine = engine
    this.#spool = spool
    this.#recent = signal === 'traces' ? recent : undefined
    const journal = join(spool.directory, 'loading.json')
    this.#journal = new Journal(journal, spool.isSynced, this.#tables.length, (reason) => {
      spool.quarantine.move(journal, reason)
    })
    // An entry would count for another file of its name.
    spool.skipTo(this.#journal.highest)
    this.#session = engine.session()
    // Merges write these indexes, which would cost 0.5 (keys), 0.7 (events) and 0.5 µs per span here, too.
    // One block whatever its size: an INSERT is resumable because it makes one part per day.
    this.#session.query(
      // A schema given as text would be written to a folder of the working directory.
      `SET format_schema = ${quote(`${protoPath}:${REQUESTS[signal]}`)}, input_format_protobuf_oneof_presence = 1,
           min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 0,
           max_insert_block_size = 1000000000, max_insert_threads = 1, max_memory_usage = ${memory},
           max_partitions_per_insert_block = 0, insert_deduplicate = 0,
           exclude_materialize_skip_indexes_on_insert = '${LEFT_TO_MERGES.join()}', log_comment = '${LOAD_COMMENT}',
           ${QUICK}`,
    )
  }

  /** Finds the rows that a killed process or a failed load() stored. Call before any append. */
  async recover(): Promise<void> {
    await this.#settle()
  }

  /**
   * Loads the files of one statement. Resolves to false if there are none.
   * @throws transient errors of the engine, after which other files come first.
   */
  async load(): Promise<boolean> {
    const gone = this.#engine.folders.gone()
    // Rows would go into a store that the next start does not find.
    if (gone !== undefined) throw new Error(gone)
    await this.recover()
    const taken = await this.#spool.take((file) => this.#isAlone(file))
    const files = taken.flatMap((file) => this.#verify(file) ?? [])
    if (files.length > 0) await this.#loadFiles(files)
    return taken.length > 0
  }

  close(): void {
    this.#session.close()
  }

  #isAlone(file: SpoolFile): boolean {
    const { at, skip, tries } = this.#journal.progressOf(file)
    return at > 0 || skip.length > 0 || tries !== undefined || this.#suspects.has(file.path)
  }

  /**
   * @returns the file to load, or undefined if nothing of it is left
   * @throws if the file cannot be read or repaired for the moment, after which other files come first
   */
  #verify(file: SpoolFile): SpoolFile | undefined {
    try {
      return this.#spool.verify(file)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT') {
        // The others need not wait for it.
        this.#suspects.add(file.path)
        return this.#retry(file, new Error(`${file.path} cannot be loaded: ${message}`))
      }
      notify(
        'spool file gone',
        () =>
          `a spool file was removed before it was stored, and is stored once it is back: ${file.path}`,
      )
      this.#spool.miss(file)
      return undefined
    }
  }

  /**
   * Loads files of equal progress.
   * @throws transient errors of the engine.
   */
  async #loadFiles(files: SpoolFile[]): Promise<void> {
    await this.#recent?.store(this.#engine)
    const reached = this.#journal.progressOf(files[0]!)
    for (let at = reached.at; at < this.#tables.length; at++) {
      const table = this.#tables[at]!
      const progress = { ...reached, at, skip: at === reached.at ? reached.skip : [] }
      const [last] = await this.#engine.rows<Record<string, number>>(schemaFile('last_block.sql'), {
        table,
      })
      this.#journal.begin(files, progress, Number(last!.block), Number(last!.failures))
      try {
        await this.#insert(files, table, progress.skip)
      } catch (error) {
        await this.#settle()
        await this.#divide(files, at, error)
        return
      }
    }
    if (reached.quarantined === undefined) for (const file of files) this.stored += file.rows
    for (const file of files) this.#suspects.delete(file.path)
    if (this.#spool.isSynced) await syncTables(this.#engine)
    this.#spool.remove(files)
    this.#journal.forget(files, this.#spool.unstored)
  }

  async #insert(files: SpoolFile[], table: string, loaded: string[]): Promise<void> {
    // Open, so that each is read where another program moves it away: of several the engine reads those that it finds.
    const open = HAS_DESCRIPTORS ? ([] as number[]) : undefined
    try {
      if (open) for (const { path } of files) open.push(openSync(path, 'r'))
      await this.#insertFrom(
        pattern(this.#spool.directory, files, open),
        files.length,
        table,
        loaded,
      )
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      throw new Error(`${(error as Error).message} (errno ENOENT)`)
    } finally {
      for (const descriptor of open ?? []) closeSync(descriptor)
    }
  }

  async #insertFrom(
    matched: string,
    count: number,
    table: string,
    loaded: string[],
  ): Promise<void> {
    const [counted] = await this.#engine.rows<{ files: number }>(schemaFile('count_files.sql'), {
      files: matched,
    })
    if (Number(counted?.files) !== count) {
      // A file that was deleted, or a path with glob characters, which match none: ClickHouse reads no rows.
      throw new Error(`ClickHouse does not find the spool files ${matched} (errno ENOENT)`)
    }
    await this.#session.queryBindAsync(loadStatement(table), {
      files: matched,
      structure: structureOf(this.#signal, table),
      kind: table.replace('otel_metrics_', ''),
      loaded,
    })
  }

  /** Records which days a failed INSERT stored. */
  async #settle(): Promise<void> {
    const { insert } = this.#journal
    if (!insert) return
    const { at, skip, quarantined, tries, block, failures } = insert
    const table = this.#tables[at]!
    const days = await daysAfter(this.#engine, schemaFile, table, block)
    if (table === 'otel_traces') {
      if (days.length > 0)
        for (const statement of refillStatements()) await this.#engine.run(statement, { block })
      await renewFailures(this.#engine, schemaFile, days, failures)
    }
    this.#journal.settle({ at, skip: [...new Set([...skip, ...days])], quarantined, tries })
  }

  /**
   * After a failed INSERT: makes it smaller, file by file, then request by request, then row by row. The pieces are
   * loaded after the other files. Rejected and too large rows are quarantined, and go on to the next table.
   * @throws the error if it is transient.
   */
  async #divide(files: SpoolFile[], at: number, error: unknown): Promise<void> {
    const text = String(error)
    const isTooMuch = engineError(text)?.name === TOO_MUCH
    // Smaller INSERTs would make more parts.
    const isTransient = !isTooMuch && isOfMoment(text)
    if (files.length > 1) {
      if (isTransient) throw error
      for (const file of files) this.#suspects.add(file.path)
      return
    }
    const file = files[0]!
    this.#suspects.delete(file.path)
    if (isTransient) {
      this.#retry(file, error)
    }
    const pieces = this.#pieces(file, isTooMuch)
    if (pieces) {
      this.#journal.pass(file, this.#spool.replace(file, pieces))
      return
    }
    const progress = this.#journal.progressOf(file)
    const tries = (progress.tries ?? 0) + 1
    if (isTooMuch && !TOO_MUCH_ALONE.test(text) && tries < MOST_TRIES) {
      this.#journal.advance(file, { ...progress, at, tries })
      this.#retry(file, error)
    }
    await this.#quarantine(file, at, error)
  }

  #retry(file: SpoolFile, error: unknown): never {
    this.#spool.defer(file)
    throw error
  }

  /** Splits a file into halves of its requests, or of its only request where that may help. */
  #pieces(file: SpoolFile, byRow: boolean): SpoolRecord[][] | undefined {
    const { records } = this.#spool.read(file)
    if (records.length > 1) {
      const middle = records.length >> 1
      return [records.slice(0, middle), records.slice(middle)]
    }
    const [record] = records
    const halves = byRow && record ? halve(this.#signal, record.body) : undefined
    return halves?.map((body) => [{ body, index: 0 }])
  }

  async #quarantine(file: SpoolFile, at: number, error: unknown): Promise<void> {
    const { quarantined } = this.#journal.progressOf(file)
    const reason = `${this.#tables[at]}: ${inWords(error)}`
    const kept = quarantined ?? this.#spool.quarantine.copy(file.path, reason)
    if (quarantined !== undefined) this.#spool.quarantine.addReason(kept, reason)
    this.#journal.advance(file, { at: at + 1, skip: [], quarantined: kept })
    await this.#loadFiles([file])
  }
}

/** The argument of file(). With a slash between its braces it would match nothing, silently. */
function pattern(directory: string, files: SpoolFile[], open?: number[]): string {
  const names = open ?? files.map((file) => basename(file.path))
  const one = names.length === 1 ? `${names[0]}` : `{${names.join(',')}}`
  return join(open ? DESCRIPTORS : directory, one)
}
