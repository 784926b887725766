/** Streams a result file while the engine writes it. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { type FileHandle, open, statfs, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive, startOf } from '../address-file.ts'
import { RefusedStatementError } from './errors.ts'

const CHUNK = 256 * 1024
/** Polling interval of a file that does not grow, in milliseconds. */
const POLL_MS = 20
/** Limit of all answers together, and free disk space to keep. */
const MOST_BYTES = 4 * 2 ** 30
const LEAST_FREE = 256 * 2 ** 20

const MEMORY = '/dev/shm'
/** Limit of an answer in memory. */
const MOST_IN_MEMORY = 64 * 2 ** 20

/** A name tells the process of an answer, so that another one can remove it after a kill. */
const NAME = 'otrace-answer-'
const PROCESS = `${process.pid}-${startOf(process.pid) ?? ''}`

/** Removes the answers of killed processes, here and where answers go while the disk is full. @returns the folder */
export function answersFolder(directory: string): string {
  const folder = join(directory, 'answers')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, 0o700)
  for (const place of [tmpdir(), MEMORY]) removeLeftovers(place)
  return folder
}

function removeLeftovers(place: string): void {
  for (const name of namesIn(place)) {
    if (!name.startsWith(NAME)) continue
    const [pid, start] = name.slice(NAME.length).split('-')
    if (isAlive(Number(pid), start)) continue
    try {
      rmSync(join(place, name))
    } catch {
      // Another user's, or already gone.
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

export class AnswerFile {
  static readonly #open = new Set<AnswerFile>()
  readonly path: string
  readonly #handle: FileHandle
  readonly #most: number
  /** As of the last poll. */
  #size = 0

  private constructor(path: string, handle: FileHandle, most: number) {
    this.path = path
    this.#handle = handle
    this.#most = most
  }

  /** @param most the limit of the answer in bytes. */
  static async create(folder: string, most: number): Promise<AnswerFile> {
    const place = await roomy(folder)
    const path = join(place, `${NAME}${PROCESS}-${randomUUID()}`)
    const handle = await open(path, 'wx+', 0o600).catch((error) => {
      throw cannotOpen(error)
    })
    const limit = place === MEMORY ? Math.min(most, MOST_IN_MEMORY) : most
    const file = new AnswerFile(path, handle, limit)
    AnswerFile.#open.add(file)
    return file
  }

  /** @returns bytes so far. @throws RefusedStatementError when they are too many, here or on the disk. */
  async check(): Promise<number> {
    this.#size = (await this.#handle.stat()).size
    if (this.#size > this.#most) throw tooLarge(this.#most)
    let all = 0
    for (const file of AnswerFile.#open) all += file.#size
    const { bavail, bsize } = await statfs(this.path)
    if (this.#size > 0 && (all > MOST_BYTES || bavail * bsize < LEAST_FREE)) {
      throw new RefusedStatementError('No room on the disk for the answer', 243, 'NOT_ENOUGH_SPACE')
    }
    return this.#size
  }

  async append(text: string): Promise<void> {
    await this.#handle.appendFile(text)
  }

  /** The file as it grows, until `written` ends. @throws what `written` throws, behind the bytes. */
  async *read(written: Promise<unknown>): AsyncGenerator<Uint8Array, undefined> {
    let ended = false
    const end = written.then(noop, noop).then(() => {
      ended = true
    })
    for (let at = 0; ; ) {
      const isWhole = ended
      const { bytesRead, buffer } = await this.#handle.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, at)
      if (at + bytesRead > this.#most) throw tooLarge(this.#most)
      if (bytesRead > 0) {
        at += bytesRead
        yield buffer.subarray(0, bytesRead)
      } else if (isWhole) {
        await written
        return
      } else {
        await Promise.race([end, sleep(POLL_MS)])
      }
    }
  }

  async close(): Promise<void> {
    AnswerFile.#open.delete(this)
    await this.#handle.close()
    await unlink(this.path).catch(noop)
  }
}

const noop = () => undefined

/** The folder, or another with room where its disk is full: a full disk still answers. */
async function roomy(folder: string): Promise<string> {
  for (const each of [folder, tmpdir(), MEMORY]) {
    const room = await statfs(each).catch(noop)
    // A folder that was deleted is the caller's to report.
    if (!room && each === folder) return folder
    if (room && room.bavail * room.bsize >= LEAST_FREE) return each
  }
  return folder
}

/** The data directory was deleted, or the disk is full. Clients cannot use the path. */
function cannotOpen(error: NodeJS.ErrnoException): Error {
  const message = `Cannot open a file for the answer: ${error.code}`
  return new RefusedStatementError(message, 76, 'CANNOT_OPEN_FILE')
}

function tooLarge(most: number): RefusedStatementError {
  return new RefusedStatementError(
    `Limit for result exceeded, max bytes: ${most}`,
    396,
    'TOO_MANY_ROWS_OR_BYTES',
  )
}
