/** The write-ahead log of one signal: acknowledged requests on disk, until load.ts has stored them. */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { lengthPrefix } from './otlp/wire.ts'
import { type Measure, recover, type SpoolFile, writeAll } from './spool-file.ts'

/** A file is closed at this many rows, so that a statement's files are read by several threads. */
const ROWS_PER_FILE = 25_000
/** A batch has at least one file, and else stays below these: what one INSERT holds in memory. */
const ROWS_PER_BATCH = 200_000
const FLAT_BYTES_PER_BATCH = 400 * 2 ** 20

/** What survives what: the process being killed, or the machine going down. */
export const DURABILITIES = ['os', 'fsync'] as const
export type Durability = (typeof DURABILITIES)[number]

/** A sequence number, and one digit for each time it was halved. */
const FILE_NAME = /^\d{12}(-\d)*\.bin$/

interface Pending extends Measure {
  record: Uint8Array
  done: () => void
  failed: (error: unknown) => void
}

export class Spool {
  readonly directory: string
  readonly #durability: Durability
  /** Closed files, oldest first. */
  #sealed: SpoolFile[] = []
  #current: (SpoolFile & { handle: FileHandle }) | undefined
  #pending: Pending[] = []
  #writing = false
  #sequence = 0
  #sealRequested: (() => void)[] = []

  /** @param measure counts a request as walk() does; for files that a killed process left. */
  constructor(directory: string, durability: Durability, measure: (request: Buffer) => Measure) {
    this.directory = directory
    this.#durability = durability
    mkdirSync(directory, { recursive: true })
    const names = readdirSync(directory)
      .filter((name) => FILE_NAME.test(name))
      .sort()
    for (const name of names) {
      this.#sequence = Math.max(this.#sequence, Number.parseInt(name, 10))
      // The halves of a file that is still there were not finished: see replace().
      const whole = name.replace(/-\d\.bin$/, '.bin')
      if (whole !== name && names.includes(whole)) rmSync(join(directory, name))
    }
    for (const name of names) {
      const file = existsSync(join(directory, name))
        ? recover(join(directory, name), measure)
        : undefined
      if (file) this.#sealed.push(file)
    }
  }

  /** Rows acknowledged and not yet taken away. */
  get waitingRows(): number {
    return this.#sum('rows')
  }

  /** Bytes of the files that are there. */
  get bytes(): number {
    return this.#sum('bytes')
  }

  /**
   * Appends a request; resolves when it is as durable as asked for.
   * @param rows and `flatBytes` as walk() counted them.
   */
  append(request: Uint8Array, rows: number, flatBytes: number): Promise<void> {
    return new Promise((done, failed) => {
      this.#pending.push({ record: request, rows, flatBytes, done, failed })
      if (!this.#writing) void this.#drain()
    })
  }

  /** The oldest files, as many as one statement should carry, closed for writing; none if there is nothing. */
  async take(): Promise<SpoolFile[]> {
    const ready = this.#batch()
    if (ready.length > 0 && ready.length < this.#sealed.length) return ready
    if (this.#current) {
      await new Promise<void>((resolve) => {
        this.#sealRequested.push(resolve)
        if (!this.#writing) void this.#drain()
      })
    }
    return this.#batch()
  }

  /** Deletes files whose rows are stored. */
  remove(files: SpoolFile[]): void {
    const gone = new Set(files.map((file) => file.path))
    for (const path of gone) rmSync(path, { force: true })
    this.#sealed = this.#sealed.filter((file) => !gone.has(file.path))
  }

  /** The closed files, oldest first. */
  get sealed(): readonly SpoolFile[] {
    return this.#sealed
  }

  /**
   * Puts several files in the place of one. A process killed in between finds the old one, or all of the new ones: each
   * new name sorts behind the old, and the old one's disappearance is what counts (see the constructor).
   */
  replace(file: SpoolFile, contents: Buffer[]): SpoolFile[] {
    const share = contents.length
    const files = contents.map((content, index) => {
      const path = file.path.replace(/\.bin$/, `-${index}.bin`)
      writeFileSync(path, content)
      return {
        path,
        rows: file.rows / share,
        flatBytes: file.flatBytes / share,
        bytes: content.length,
      }
    })
    rmSync(file.path)
    const at = this.#sealed.indexOf(file)
    this.#sealed.splice(at, 1, ...files)
    return files
  }

  /**
   * Keeps a file in `set-aside/` with its reason beside it; its own place is remove()'s matter.
   * @param kept where it is kept already, with another reason.
   * @returns where it is kept.
   */
  setAside(file: SpoolFile, reason: string, kept?: string): string {
    const folder = join(this.directory, 'set-aside')
    const path = kept ?? join(folder, `${Date.now()}-${basename(file.path)}`)
    mkdirSync(folder, { recursive: true })
    if (kept === undefined) copyFileSync(file.path, path)
    appendFileSync(`${path}.reason`, `${reason}\n`)
    return path
  }

  /** Waits for what is being written, and closes the file. */
  async close(): Promise<void> {
    while (this.#writing) await new Promise((resolve) => setTimeout(resolve, 1))
    await this.#seal()
  }

  #batch(): SpoolFile[] {
    const files: SpoolFile[] = []
    let rows = 0
    let flatBytes = 0
    for (const file of this.#sealed) {
      rows += file.rows
      flatBytes += file.flatBytes
      if (files.length > 0 && (rows > ROWS_PER_BATCH || flatBytes > FLAT_BYTES_PER_BATCH)) break
      files.push(file)
    }
    return files
  }

  async #drain(): Promise<void> {
    this.#writing = true
    while (this.#pending.length > 0 || this.#sealRequested.length > 0) {
      const group = this.#pending
      this.#pending = []
      if (group.length > 0) {
        try {
          await this.#write(group)
          for (const item of group) item.done()
        } catch (error) {
          for (const item of group) item.failed(error)
        }
      }
      if (this.#sealRequested.length > 0 || (this.#current?.rows ?? 0) >= ROWS_PER_FILE) {
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
    for (const { record } of group) {
      const prefix = lengthPrefix(record.length)
      chunks.push(prefix, record)
      size += prefix.length + record.length
    }
    try {
      await writeAll(current.handle, chunks, size)
      if (this.#durability === 'fsync') await current.handle.datasync()
    } catch (error) {
      // A torn record must not be followed by a whole one.
      await current.handle.truncate(current.bytes).catch(() => this.#seal())
      throw error
    }
    current.bytes += size
    for (const { rows, flatBytes } of group) {
      current.rows += rows
      current.flatBytes += flatBytes
    }
  }

  async #create(): Promise<SpoolFile & { handle: FileHandle }> {
    this.#sequence++
    const path = join(this.directory, `${String(this.#sequence).padStart(12, '0')}.bin`)
    return { path, rows: 0, flatBytes: 0, bytes: 0, handle: await open(path, 'a') }
  }

  async #seal(): Promise<void> {
    const current = this.#current
    if (!current) return
    this.#current = undefined
    await current.handle.close()
    const { handle: _, ...file } = current
    if (file.bytes > 0) this.#sealed.push(file)
    else rmSync(file.path, { force: true })
  }

  #sum(what: 'rows' | 'bytes'): number {
    let sum = this.#current?.[what] ?? 0
    for (const file of this.#sealed) sum += file[what]
    return sum
  }
}
