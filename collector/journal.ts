/** What is stored of spool files that are not done, in a file beside them: it outlives the process; for load.ts. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { SpoolFile } from './spool-file.ts'

/** How far a file, or what it was split into, has come. */
export interface Progress {
  /** The table it is to be loaded into next, by its place among its signal's; it is in those before. */
  at: number
  /** Days (`2026-11-22`) whose rows that table has already. */
  skip: string[]
  /** Where the file is kept, if some table does not take it. */
  aside?: string
}

/** An INSERT that has begun, or is about to. */
interface Insert extends Progress {
  /** Base names of spool files. */
  files: string[]
  /** The table's highest block number before it. */
  block: number
}

const FRESH: Progress = { at: 0, skip: [] }

export class Journal {
  readonly #path: string
  #insert: Insert | undefined
  /** By a file's name without `.bin`; it goes for what the file was split into, unless that has its own. */
  #progress: Record<string, Progress> = {}

  /** Reads what another process left at `path`. */
  constructor(path: string) {
    this.#path = path
    if (!existsSync(path)) return
    const left: { insert?: Insert; progress?: Record<string, Progress> } = JSON.parse(
      readFileSync(path, 'utf8'),
    )
    this.#insert = left.insert
    this.#progress = left.progress ?? {}
  }

  /** The INSERT that was not settled. */
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

  /** To be called before the INSERT. That it is about table `at` says that the files are in the tables before. */
  begin(files: SpoolFile[], progress: Progress, block: number): void {
    this.#insert = { ...progress, files: files.map((file) => basename(file.path)), block }
    this.#save()
  }

  /** The INSERT is over, and its files have come so far. */
  settle(progress: Progress): void {
    if (progress.at > 0 || progress.skip.length > 0) {
      for (const name of this.#insert?.files ?? []) this.#progress[stemOf(name)] = progress
    }
    this.#insert = undefined
    this.#save()
  }

  /** A file has come so far without an INSERT. */
  advance(file: SpoolFile, progress: Progress): void {
    this.#progress[stemOf(file.path)] = progress
    this.#save()
  }

  /** Forgets the INSERT, if its files are gone, and all but what goes for files that are there. */
  tidy(files: readonly SpoolFile[]): void {
    const stems = files.map((file) => stemOf(file.path))
    const isThere = (stem: string) =>
      stems.some((other) => other === stem || other.startsWith(`${stem}-`))
    const isOver =
      this.#insert !== undefined && !this.#insert.files.some((name) => isThere(stemOf(name)))
    if (isOver) this.#insert = undefined
    const gone = Object.keys(this.#progress).filter((stem) => !isThere(stem))
    for (const stem of gone) delete this.#progress[stem]
    if (isOver || gone.length > 0) this.#save()
  }

  #save(): void {
    if (!this.#insert && Object.keys(this.#progress).length === 0) {
      rmSync(this.#path, { force: true })
      return
    }
    const draft = `${this.#path}.draft`
    writeFileSync(draft, JSON.stringify({ insert: this.#insert, progress: this.#progress }))
    renameSync(draft, this.#path)
  }
}

function stemOf(path: string): string {
  return basename(path, '.bin')
}
