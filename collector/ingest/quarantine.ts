/** The folder of rejected data, each file with its reason next to it. */
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  renameSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { isFolder } from '../address-file.ts'
import { makeOwnFolder } from '../engine/directory.ts'
import { notify } from '../status.ts'

export class Quarantine {
  readonly #folder: string
  #count: number

  /** @param directory the spool's, which gets the folder `quarantine` when it is needed. */
  constructor(directory: string) {
    this.#folder = join(directory, 'quarantine')
    const old = join(directory, 'set-aside')
    if (existsSync(old) && !existsSync(this.#folder)) renameSync(old, this.#folder)
    this.#count = isFolder(this.#folder)
      ? readdirSync(this.#folder).filter((name) => !name.endsWith('.reason')).length
      : 0
  }

  /** Files in the folder, reasons not counted. */
  get count(): number {
    return this.#count
  }

  /** Copies a file. @returns the path of the copy */
  copy(path: string, reason: string): string {
    return this.#keep(path, reason, (to) => {
      copyFileSync(path, to)
      chmodSync(to, 0o600)
    })
  }

  /** Moves a file or folder. @returns its new path */
  move(path: string, reason: string): string {
    return this.#keep(path, reason, (to) => renameSync(path, to))
  }

  /** Adds a reason to a file that is quarantined already. */
  addReason(kept: string, reason: string): void {
    appendFileSync(`${kept}.reason`, `${reason}\n`, { mode: 0o600 })
  }

  #keep(path: string, reason: string, put: (to: string) => void): string {
    makeOwnFolder(this.#folder)
    const to = join(this.#folder, `${Date.now()}-${basename(path)}`)
    put(to)
    this.addReason(to, reason)
    this.#count++
    const folder = this.#folder
    notify(`quarantine ${folder}`, (count) =>
      count === 1
        ? `${basename(path)} could not be stored, and is kept with its reason: ${to}`
        : `${count} more files could not be stored, and are kept with their reasons: ${folder}`,
    )
    return to
  }
}
