/** Counters of a running collector (`/otrace/status`), and notices on stderr. */

export interface SignalStatus {
  /** Rows acknowledged since the start, or found in the spool at the start. */
  received: number
  /** Rows that are in their tables. */
  stored: number
  /** Rows and bytes in the spool. */
  waiting: number
  spoolBytes: number
  /** Files in the quarantine folder: each could not be stored, and has its reason beside it. */
  quarantined: number
  /** Rows of spool files that another program removed before they were stored, and that are not back. */
  lost: number
  /** Milliseconds since the oldest waiting row was acknowledged. */
  lagMs: number
  /** The engine's error while storing fails. */
  failure?: string
}

/** Counters of the whole collector. */
export interface CollectorStatus {
  /** Requests refused for lack of room. */
  refused: number
  /** Refused requests since the start, by reason such as `HTTP 415`. */
  rejected: Readonly<Record<string, number>>
}

/** The same kind of notice is repeated at most this often. */
const REPEAT_MS = 60_000

/** Kinds at a time. Clients name some of them. */
const MOST_KINDS = 100
const FURTHER = 'further notices'

const recent = new Map<string, { count: number; text: (count: number) => string }>()

/**
 * Writes a notice to stderr. Further ones of its kind are counted, and written as one at the end of the minute.
 * @param text of so many notices since the last one
 */
export function notify(kind: string, text: (count: number) => string): void {
  if (recent.size >= MOST_KINDS && !recent.has(kind) && kind !== FURTHER) {
    notify(FURTHER, (count) => `notices left out within a minute: ${count}`)
    return
  }
  const before = recent.get(kind)
  if (before) {
    before.count++
    before.text = text
    return
  }
  recent.set(kind, { count: 0, text })
  write(text(1))
  setTimeout(() => {
    writeFurther(kind)
    recent.delete(kind)
  }, REPEAT_MS).unref()
}

/** Writes the notices that are counted and not written yet: the process may end before their minute does. */
export function writeNotices(): void {
  for (const kind of recent.keys()) writeFurther(kind)
}

function writeFurther(kind: string): void {
  const notice = recent.get(kind)!
  if (notice.count > 0) write(notice.text(notice.count))
  notice.count = 0
}

/** Without what a terminal would obey: clients' texts are quoted. */
function write(text: string): void {
  const { columns } = process.stderr
  const plain = `otrace: ${text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')}`
  process.stderr.write(`${columns ? wrapped(plain, columns) : plain}\n`)
}

/** Lines of whole words of at most `columns` characters, the first one not indented. */
export function wrapped(text: string, columns: number): string {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= columns) {
      lines[lines.length - 1] = `${last} ${word}`
    } else lines.push(last === undefined ? word : `  ${word}`)
  }
  return lines.join('\n')
}
