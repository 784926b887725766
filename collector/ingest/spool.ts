/**
 * The write-ahead log of one signal: acknowledged requests until they are stored.
 *
 * One file: appending, rotating and reading share the state of one open file.
 */
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { makeOwnFolder } from '../engine/directory.ts'
import { syncDirectory, writePrivate } from '../engine/sync.ts'
import { Quarantine } from './quarantine.ts'
import {
  fileOf,
  isOfSystem,
  type Measure,
  readOldSpoolFile,
  readSpoolFile,
  recordHeader,
  type SpoolContent,
  type SpoolFile,
  type SpoolRecord,
  writeAll,
} from './spool-file.ts'

/** A file is closed at this many rows, so that several threads read a statement's files. */
const ROWS_PER_FILE = 25_000
/** 200,000 ordinary spans are 60 MiB; one INSERT takes several times the bytes of large values. */
const BYTES_PER_FILE = 32 * 2 ** 20
const BYTES_PER_BATCH = 96 * 2 ** 20
/** Limits of a batch of several files: one INSERT holds it in memory. */
const ROWS_PER_BATCH = 200_000
/** The loader opens each, and every try to store makes a file: it would have no descriptors for a backlog of those. */
const FILES_PER_BATCH = 16
const FLAT_BYTES_PER_BATCH = 256 * 2 ** 20

/** What an acknowledged request survives: a killed process, or a power cut. */
export const DURABILITIES = ['os', 'fsync'] as const
export type Durability = (typeof DURABILITIES)[number]

/** A number, and one digit per halving. Old files have no checksums. */
const FILE_NAME = /^\d{12}(-\d)*\.spool$/
/** Of the year 2255; names have twelve digits. Files of higher ones are not ours. */
const LAST_NUMBER = 900_000_000_000
const OLD_FILE_NAME = /^\d{12}(-\d)*\.bin$/
/** Added to the name of a file that another program took away and whose rows are stored. */
const STORED = '.stored'
const STORED_NAME = /^\d{12}(-\d)*\.(spool|bin)\.stored$/

interface Pending extends Measure {
  body: Uint8Array
  days: readonly number[]
  done: () => void
  failed: (error: unknown) => void
}

interface CurrentFile extends SpoolFile {
  handle: FileHandle
  inode: number
  number: number
  /** Records in it. */
  count: number
}

export class Spool {
  readonly directory: string
  readonly quarantine: Quarantine
  readonly isSynced: boolean
  readonly #measure: (request: Buffer) => Measure
  /** Closed files, oldest first; those that failed before come last. */
  #sealed: SpoolFile[] = []
  #current: CurrentFile | undefined
  /** A file that is being closed, whose rows wait like the others. */
  #closing: CurrentFile | undefined
  #pending: Pending[] = []
  #writing = false
  #sequence = 0
  #sealRequested: (() => void)[] = []
  /** Days of the rows in each file that was appended to since the start. */
  readonly #days = new Map<string, Set<number>>()
  readonly #expected = new Set<number>()
  /** Files that another program took away before they were stored. */
  #missing: SpoolFile[] = []
  /** Sizes of files that were put into the folder, as of the last look. */
  readonly #seen = new Map<string, number>()
  /** Rows appended, and those found at the start. */
  received = 0

  /**
   * Opens the spool, with the files of a killed process.
   * @param measure counts a request as scan() does; throws if it is malformed
   */
  constructor(directory: string, durability: Durability, measure: (request: Buffer) => Measure) {
    this.directory = directory
    this.isSynced = durability === 'fsync'
    this.#measure = measure
    makeOwnFolder(dirname(directory))
    makeOwnFolder(directory)
    this.quarantine = new Quarantine(directory)
    const names = this.#names()
    const stored = readdirSync(directory).filter((name) => STORED_NAME.test(name))
    for (const name of [...names, ...stored]) this.skipTo(numberOf(name))
    const newest = Math.max(0, ...names.map(numberOf).filter((number) => number < LAST_NUMBER))
    for (const name of names) {
      const file = this.#find(join(directory, name), numberOf(name) === newest)
      if (file) this.#sealed.push(file)
    }
    this.received = this.waitingRows
  }

  /** Rows acknowledged and not yet removed. */
  get waitingRows(): number {
    return this.#sum('rows')
  }

  /** Bytes of all files. */
  get bytes(): number {
    return this.#sum('bytes')
  }

  /** How many days there are of the rows that wait together with these. */
  daysWith(days: readonly number[]): number {
    const pending = this.#pending.map((one) => one.days)
    return new Set([
      ...days,
      ...[...this.#days.values(), this.#expected, ...pending].flatMap((one) => [...one]),
    ]).size
  }

  /** Announces the days of a request that is admitted: others are admitted before it is appended. */
  expect(days: readonly number[]): void {
    for (const day of days) this.#expected.add(day)
  }

  /** When the oldest waiting request was acknowledged, in Unix milliseconds. */
  get oldest(): number | undefined {
    const open = [this.#closing, this.#current].filter((file) => file !== undefined)
    const files = [...this.#sealed, ...open]
    return files.length > 0 ? Math.min(...files.map(({ since }) => since)) : undefined
  }

  /**
   * Appends a request; resolves when it is durable.
   * @param rows and `flatBytes` and `days` as scan() counted them.
   */
  append(
    request: Uint8Array,
    rows: number,
    flatBytes: number,
    days: readonly number[] = [],
  ): Promise<void> {
    return new Promise((done, failed) => {
      this.#pending.push({ body: request, rows, flatBytes, days, done, failed })
      if (!this.#writing) void this.#drain()
    })
  }

  /**
   * Closes and returns the oldest files, at most one statement's worth.
   * @param isAlone whether a file must not share its statement
   */
  async take(isAlone: (file: SpoolFile) => boolean = () => false): Promise<SpoolFile[]> {
    const ready = this.#batch(isAlone)
    if (ready.length > 0 && ready.length < this.#sealed.length) return ready
    // A loop that saw the rows of a closing file and got nothing would ask again before any other work of this process.
    if (this.#current || this.#closing) {
      await new Promise<void>((resolve) => {
        this.#sealRequested.push(resolve)
        if (!this.#writing) void this.#drain()
      })
    }
    return this.#batch(isAlone)
  }

  /** Deletes files whose rows are stored. */
  remove(files: SpoolFile[]): void {
    const gone = new Set(files.map((file) => file.path))
    for (const path of gone) {
      if (existsSync(path)) rmSync(path)
      else if (existsSync(this.directory)) writePrivate(`${path}${STORED}`, '', this.isSynced)
      this.#days.delete(path)
    }
    this.#sealed = this.#sealed.filter((file) => !gone.has(file.path))
  }

  /** Remembers a closed file that is not there, in case that it comes back. */
  miss(file: SpoolFile): void {
    this.#sealed = this.#sealed.filter((other) => other !== file)
    this.#missing.push(file)
    this.#days.delete(file.path)
  }

  /** Rows of the files that are not there. */
  get missingRows(): number {
    return this.#missing.reduce((sum, { rows }) => sum + rows, 0)
  }

  /** Takes up files that were put back, or that were away at the start. */
  look(): void {
    // A file may be in the folder and not open yet.
    if (this.#writing || !existsSync(this.directory)) return
    const open = [this.#closing, this.#current].filter((file) => file !== undefined)
    const known = new Set([...this.#sealed, ...open].map(({ path }) => path))
    for (const path of this.#names().map((name) => join(this.directory, name))) {
      if (known.has(path)) continue
      const { size } = statSync(path)
      const missed = this.#missing.find((file) => file.path === path)
      // It may be in the middle of a copy.
      const isWhole = missed?.bytes === size || this.#seen.get(path) === size
      this.#seen.set(path, size)
      if (!isWhole) continue
      this.#seen.delete(path)
      // Nothing was acknowledged of an empty one.
      if (size === 0) {
        rmSync(path)
        continue
      }
      this.#missing = this.#missing.filter((file) => file !== missed)
      const file = missed ?? this.#find(path, false)
      if (file) this.#sealed.push(file)
      if (!missed && file) this.received += file.rows
      this.skipTo(numberOf(path))
    }
  }

  /** Gives no number up to this one. */
  skipTo(number: number): void {
    if (number < LAST_NUMBER) this.#sequence = Math.max(this.#sequence, number)
  }

  /** The closed files, oldest first. */
  get sealed(): readonly SpoolFile[] {
    return this.#sealed
  }

  /** The closed files whose rows are not stored, those that are not there too. */
  get unstored(): readonly SpoolFile[] {
    return [...this.#sealed, ...this.#missing]
  }

  /** Puts a file behind the others, which then need not wait for it. */
  defer(file: SpoolFile): void {
    this.#sealed = [...this.#sealed.filter((other) => other !== file), file]
  }

  /** The requests of a closed file that can be read. */
  read(file: SpoolFile): SpoolContent {
    const bytes = readFileSync(file.path)
    return isOld(file.path)
      ? readOldSpoolFile(bytes, (body) => this.#rows(body) > 0)
      : readSpoolFile(bytes, numberOf(file.path))
  }

  /**
   * Checks that ClickHouse can read a file. A damaged file is quarantined, and its intact records are
   * rewritten. So is a file of the old format.
   * @returns the file to load, or undefined when nothing of it is left
   */
  verify(file: SpoolFile): SpoolFile | undefined {
    const { records, wholeBytes, damage = cutOff(wholeBytes, file) } = this.read(file)
    if (file.isUnread) this.#count(file, records, wholeBytes)
    if (damage === undefined && !isOld(file.path)) {
      // A failed write may have left the beginning of a record.
      if (wholeBytes < statSync(file.path).size) truncateSync(file.path, wholeBytes)
      return file
    }
    const path = file.path.replace(/\.bin$/, '.spool')
    // Renumbered, because a gap would count as damage.
    const sound = records.map(({ body }, index) => ({ body, index }))
    const content = fileOf(numberOf(path), sound)
    // A draft counts once its original is gone: see #names().
    const draft = `${path}.draft`
    if (records.length > 0) writePrivate(draft, content, this.isSynced)
    if (this.isSynced) syncDirectory(this.directory)
    if (damage === undefined) rmSync(file.path)
    else this.quarantine.move(file.path, `damaged: ${damage}`)
    if (records.length > 0) renameSync(draft, path)
    const whole = { path, since: file.since, bytes: content.length, ...this.#measured(records) }
    if (records.length === 0) this.#days.delete(file.path)
    const at = this.#sealed.indexOf(file)
    this.#sealed.splice(at, 1, ...(records.length > 0 ? [whole] : []))
    return records.length > 0 ? whole : undefined
  }

  /**
   * Replaces a file by several, behind the other files. A process killed in between leaves the old file, or all of the
   * new ones: only the removal of the old file makes the new ones valid (see the constructor).
   */
  replace(file: SpoolFile, pieces: SpoolRecord[][]): SpoolFile[] {
    const files = pieces.map((records, index) => {
      const path = file.path.replace(/\.spool$/, `-${index}.spool`)
      const content = fileOf(numberOf(path), records)
      writePrivate(path, content, this.isSynced)
      return { path, since: file.since, bytes: content.length, ...this.#measured(records) }
    })
    if (this.isSynced) syncDirectory(this.directory)
    rmSync(file.path)
    for (const piece of files) this.#days.set(piece.path, this.#days.get(file.path) ?? new Set())
    this.#days.delete(file.path)
    this.#sealed = [...this.#sealed.filter((other) => other !== file), ...files]
    return files
  }

  /** Waits for running writes, then closes the file. */
  async close(): Promise<void> {
    while (this.#writing) await new Promise((resolve) => setTimeout(resolve, 1))
    await this.#seal()
  }

  /** Sorted file names, after finishing a killed process's repairs and splits. Stored files that are back go. */
  #names(): string[] {
    const names = new Set(readdirSync(this.directory))
    const drop = (name: string) => {
      names.delete(name)
      rmSync(join(this.directory, name), { recursive: true, force: true })
    }
    for (const draft of [...names].filter((name) => name.endsWith('.spool.draft'))) {
      const name = draft.replace(/\.draft$/, '')
      if (names.has(name) || names.has(name.replace('.spool', '.bin'))) drop(draft)
      else {
        renameSync(join(this.directory, draft), join(this.directory, name))
        names.add(name)
      }
    }
    for (const mark of [...names].filter((name) => STORED_NAME.test(name))) {
      const name = mark.slice(0, -STORED.length)
      if (!names.has(name)) continue
      drop(name)
      drop(mark)
    }
    for (const name of names) {
      // Halves of an existing file are unfinished: see replace().
      const whole = name.replace(/-\d\.(spool|bin)$/, '.$1')
      if (whole !== name && names.has(whole)) drop(name)
    }
    return [...names].filter((name) => FILE_NAME.test(name) || OLD_FILE_NAME.test(name)).sort()
  }

  /**
   * Counts a killed process's records. The torn last record of the newest file was never acknowledged, and is cut off.
   * Where newer files follow, it was.
   */
  #find(path: string, isNewest: boolean): SpoolFile | undefined {
    const file = { path, rows: 0, flatBytes: 0, bytes: 0, since: 0 }
    try {
      // Reading a pipe or a device never ends.
      if (!statSync(path).isFile()) throw new Error('not a file')
      const { records, wholeBytes } = this.read(file)
      if (wholeBytes === 0 && isNewest) {
        rmSync(path)
        return undefined
      }
      if (wholeBytes === 0) throw new Error('it has no whole request, and newer files follow')
      const { size, mtimeMs } = statSync(path)
      if (wholeBytes < size) {
        if (!isNewest) this.quarantine.copy(path, 'damaged: cut off in its last request')
        truncateSync(path, wholeBytes)
      }
      return { path, since: mtimeMs, bytes: wholeBytes, ...this.#measured(records) }
    } catch (error) {
      // What the disk does not give now, it may give later.
      if (isOfSystem(error)) return { ...file, bytes: 1, since: Date.now(), isUnread: true }
      this.quarantine.move(path, `cannot be read: ${error}`)
      return undefined
    }
  }

  /** Counts the rows of a file that could not be read at the start. */
  #count(file: SpoolFile, records: SpoolRecord[], bytes: number): void {
    file.isUnread = false
    Object.assign(file, this.#measured(records), { bytes })
    this.received += file.rows
  }

  #measured(records: SpoolRecord[]): Measure {
    const sum = { rows: 0, flatBytes: 0 }
    for (const { body } of records) {
      const { rows, flatBytes } = this.#measureOr(body, { rows: 0, flatBytes: body.length })
      sum.rows += rows
      sum.flatBytes += flatBytes
    }
    return sum
  }

  #rows(body: Buffer): number {
    return this.#measureOr(body, { rows: 0, flatBytes: 0 }).rows
  }

  #measureOr(body: Buffer, malformed: Measure): Measure {
    try {
      return this.#measure(body)
    } catch {
      return malformed
    }
  }

  #batch(isAlone: (file: SpoolFile) => boolean): SpoolFile[] {
    const files: SpoolFile[] = []
    let rows = 0
    let flatBytes = 0
    let bytes = 0
    for (const file of this.#sealed) {
      rows += file.rows
      flatBytes += file.flatBytes
      bytes += file.bytes
      const isTooMuch =
        files.length === FILES_PER_BATCH ||
        rows > ROWS_PER_BATCH ||
        flatBytes > FLAT_BYTES_PER_BATCH ||
        bytes > BYTES_PER_BATCH
      if (files.length > 0 && (isTooMuch || isAlone(file))) break
      files.push(file)
      if (isAlone(file)) break
    }
    return files
  }

  #isFull(): boolean {
    const { rows, bytes } = this.#current ?? { rows: 0, bytes: 0 }
    return rows >= ROWS_PER_FILE || bytes >= BYTES_PER_FILE
  }

  async #drain(): Promise<void> {
    this.#writing = true
    while (this.#pending.length > 0 || this.#sealRequested.length > 0) {
      const group = this.#pending
      this.#pending = []
      if (group.length > 0) {
        try {
          this.expect(group.flatMap(({ days }) => days))
          await this.#write(group)
          for (const item of group) item.done()
        } catch (error) {
          for (const item of group) item.failed(error)
        } finally {
          this.#expected.clear()
        }
      }
      if (this.#sealRequested.length > 0 || this.#isFull()) {
        const waiting = this.#sealRequested
        this.#sealRequested = []
        await this.#seal()
        for (const resolve of waiting) resolve()
      }
    }
    this.#writing = false
  }

  async #write(group: Pending[]): Promise<void> {
    this.#current ??= await this.#create()
    const current = this.#current
    const chunks: Uint8Array[] = []
    let size = 0
    let index = current.count
    for (const { body } of group) {
      const header = recordHeader(current.number, index++, body)
      chunks.push(header, body)
      size += header.length + body.length
    }
    try {
      await writeAll(current.handle, chunks, size)
      await refuseMoved(current)
      if (this.isSynced) await current.handle.datasync()
    } catch (error) {
      // A torn record must not be followed by a whole one.
      await current.handle.truncate(current.bytes).catch(() => this.#seal())
      // A file without rows is not closed elsewhere, and a deleted one refuses all.
      if (current.bytes === 0) await this.#seal()
      throw error
    }
    current.bytes += size
    current.count = index
    const known = this.#days.get(current.path) ?? new Set()
    this.#days.set(current.path, known)
    for (const { rows, flatBytes, days } of group) {
      for (const day of days) known.add(day)
      current.rows += rows
      current.flatBytes += flatBytes
      this.received += rows
    }
  }

  async #create(): Promise<CurrentFile> {
    // A hundredth of a second: none is given again, whatever is away or was removed.
    const number = Math.max(this.#sequence + 1, Math.trunc(Date.now() / 10))
    this.#sequence = number
    const path = join(this.directory, `${String(number).padStart(12, '0')}.spool`)
    const handle = await open(path, 'ax', 0o600)
    if (this.isSynced) syncDirectory(this.directory)
    const { ino: inode } = await handle.stat()
    const fresh = { rows: 0, flatBytes: 0, bytes: 0, since: Date.now(), count: 0 }
    return { path, handle, inode, number, ...fresh }
  }

  async #seal(): Promise<void> {
    const current = this.#current
    if (!current) return
    this.#current = undefined
    this.#closing = current
    try {
      await current.handle.close()
    } finally {
      this.#closing = undefined
    }
    const { path, inode, rows, flatBytes, bytes, since } = current
    if (bytes === 0) {
      // Another may have its place.
      if (statSync(path, { throwIfNoEntry: false })?.ino === inode) rmSync(path)
      return
    }
    this.#sealed.push({ path, rows, flatBytes, bytes, since })
  }

  #sum(what: 'rows' | 'bytes'): number {
    let sum = (this.#current?.[what] ?? 0) + (this.#closing?.[what] ?? 0)
    for (const file of this.#sealed) sum += file[what]
    return sum
  }
}

/** Says so where a file lacks bytes that were acknowledged. */
const cutOff = (wholeBytes: number, { bytes }: SpoolFile) =>
  wholeBytes < bytes ? 'it was cut off' : undefined

/** @throws ENOENT when the file was deleted or moved: its bytes would be lost. */
async function refuseMoved({ inode, path }: CurrentFile): Promise<void> {
  const found = await stat(path)
  if (found.ino !== inode)
    throw Object.assign(new Error(`${path} was replaced`), { code: 'ENOENT' })
}

function numberOf(path: string): number {
  return Number.parseInt(basename(path), 10)
}

function isOld(path: string): boolean {
  return path.endsWith('.bin')
}
