/** Parts of the store with damaged bytes. */
import { notify } from '../status.ts'

/** Errors of reading a part, with its path `store/abc/<uuid>/<part>/` in the message. */
const UNREADABLE =
  /CHECKSUM_DOESNT_MATCH|CORRUPTED_DATA|CANNOT_DECOMPRESS|CANNOT_READ_ALL_DATA|TOO_LARGE_SIZE_COMPRESSED/
const PART = /\bstore\/\w{3}\/[\w-]{36}\/\w{1,200}/
/** Parts whose bytes were found damaged since the start, relative to the engine's directory. */
export class DamagedParts {
  readonly #found = new Set<string>()

  get found(): string[] {
    return [...this.#found]
  }

  /** Looks for a damaged part in an error of the engine, and writes a notice about it. */
  look(message: string): void {
    const part = UNREADABLE.test(message) ? PART.exec(message)?.[0] : undefined
    if (part === undefined || this.#found.has(part)) return
    this.#found.add(part)
    notify(`damaged ${part}`, () => `a part is damaged, and statements that read it fail: ${part}`)
  }
}
