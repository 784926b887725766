/** Load progress of unfinished spool files, in a journal that survives a kill. */
import { lstatSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { syncDirectory, writePrivate } from '../engine/sync.ts'
import { isOfSystem, type SpoolFile } from './spool-file.ts'

/** How much of a file, or of the halves it was split into, is stored. */
export interface Progress {
  /** Index of the next table among its signal's tables. The earlier ones have the file's rows. */
  at: number
  /** Days (`2026-11-22`) whose rows that table already has. */
  skip: string[]
  /** Path of the quarantined file, if an earlier table rejected it. */
  quarantined?: string
  /** Failed attempts to load it alone. */
  tries?: number
}

/** An INSERT that is running or about to run. */
interface Insert extends Progress {
  /** Base names of spool files. */
  files: string[]
  /** The table's highest block number before the INSERT. */
  block: number
  /** That of the table of failed spans; absent in journals of earlier versions. */
  failures?: number
}

const FRESH: Progress = { at: 0, skip: [] }
/** Entries of files that are not there. A kill at the wrong moment leaves one forever. */
const MOST_AWAY = 100

export class Journal {
  readonly #path: string
  readonly #isSynced: boolean
  #insert: Insert | undefined
  /** By file name without extension. Halves of a file inherit its progress until they have their own. */
  #progress: Record<string, Progress> = {}

  /**
   * Reads the file at `path` if there is one.
   * @param tables how many the signal has
   * @param damaged takes a file that is not a journal out of the way
   * @throws the system's error if it cannot be read now: without it, rows would be stored twice
   */
  constructor(path: string, isSynced: boolean, tables: number, damaged: (reason: string) => void) {
    this.#path = path
    this.#isSynced = isSynced
    if (!lstatSync(path, { throwIfNoEntry: false })) return
    try {
      if (!statSync(path).isFile()) throw new Error('not a file')
      const { insert, progress } = parse(readFileSync(path, 'utf8'), tables)
      this.#insert = insert
      this.#progress = progress
    } catch (error) {
      if (isOfSystem(error)) throw error
      damaged(`not a journal, so rows of its last INSERT may be stored twice: ${error}`)
    }
  }

  /** The unsettled INSERT. */
  get insert(): Insert | undefined {
    return this.#insert
  }

  progressOf(file: SpoolFile): Progress {
    for (let stem = stemOf(file.path); ; stem = stem.replace(/-\d$/, '')) {
      const found = this.#progress[stem]
      if (found) return found
      if (!stem.includes('-')) return FRESH
    }
  }

  /** Call before the INSERT into table `at`. The files' rows must be in the earlier tables. */
  begin(files: SpoolFile[], progress: Progress, block: number, failures: number): void {
    const names = files.map((file) => basename(file.path))
    this.#insert = { ...progress, files: names, block, failures }
    this.#save()
  }

  /** Records the outcome of the INSERT for each of its files. */
  settle(progress: Progress): void {
    if (progress.at > 0 || progress.skip.length > 0 || progress.tries) {
      for (const name of this.#insert?.files ?? []) this.#progress[stemOf(name)] = progress
    }
    this.#insert = undefined
    this.#save()
  }

  /** Records progress made without an INSERT. */
  advance(file: SpoolFile, progress: Progress): void {
    this.#progress[stemOf(file.path)] = progress
    this.#save()
  }

  /** Gives the progress of a file to its halves. */
  pass(file: SpoolFile, halves: readonly SpoolFile[]): void {
    const progress = this.progressOf(file)
    if (progress === FRESH) return
    for (const { path } of halves) this.#progress[stemOf(path)] = progress
    delete this.#progress[stemOf(file.path)]
    this.#save()
  }

  /**
   * Forgets removed files. Entries of others stay, the newest of those that are not there: they may come back.
   * @param left the files that are there
   */
  forget(removed: readonly SpoolFile[], left: readonly SpoolFile[]): void {
    const includes = (files: readonly SpoolFile[], stem: string) =>
      files.some(({ path }) => stemOf(path) === stem || stemOf(path).startsWith(`${stem}-`))
    const isOver = this.#insert?.files.every((name) => includes(removed, stemOf(name))) ?? false
    if (isOver) this.#insert = undefined
    const away = Object.keys(this.#progress).filter((stem) => !includes(left, stem))
    const gone = away
      .sort()
      .filter((stem, i) => i < away.length - MOST_AWAY || includes(removed, stem))
    for (const stem of gone) delete this.#progress[stem]
    if (isOver || gone.length > 0) this.#save()
  }

  /** The highest number of a file in it. */
  get highest(): number {
    const names = [...Object.keys(this.#progress), ...(this.#insert?.files ?? [])]
    return Math.max(0, ...names.map((name) => Number.parseInt(name, 10) || 0))
  }

  #save(): void {
    if (!this.#insert && Object.keys(this.#progress).length === 0) {
      rmSync(this.#path, { force: true })
      return
    }
    const draft = `${this.#path}.draft`
    const content = { insert: this.#insert, progress: this.#progress }
    const text = JSON.stringify({ ...content, crc: crc32(JSON.stringify(content)) })
    writePrivate(draft, text, this.#isSynced)
    renameSync(draft, this.#path)
    if (this.#isSynced) syncDirectory(dirname(this.#path))
  }
}

function stemOf(path: string): string {
  return basename(path).replace(/\.(spool|bin)$/, '')
}

/** @throws if it is not the output of #save(). Files of earlier versions have no checksum. */
function parse(
  text: string,
  tables: number,
): { insert?: Insert; progress: Record<string, Progress> } {
  const found = JSON.parse(text)
  if (typeof found !== 'object' || Array.isArray(found)) throw new Error('it is not an object')
  const { crc, ...content } = found
  if (crc !== undefined && crc !== crc32(JSON.stringify(content)))
    throw new Error('its checksum does not match')
  const { insert, progress = {} } = content
  // Behind the last table are files that one of them rejected. Any other would be removed as stored.
  const isProgress = ({ at, skip, quarantined }: Progress) =>
    Number.isInteger(at) &&
    at >= 0 &&
    at < tables + (quarantined === undefined ? 0 : 1) &&
    isTexts(skip) &&
    skip.every((day) => /^\d{4}-\d\d-\d\d$/.test(day))
  const isInsert = (found: Insert) =>
    isProgress(found) && isTexts(found.files) && Number.isInteger(found.block)
  if (insert !== undefined && !isInsert(insert)) throw new Error('its insert is of another form')
  if (!Object.values<Progress>(progress).every(isProgress)) {
    throw new Error('its progress is of another form')
  }
  return { insert, progress }
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === 'string')
}
