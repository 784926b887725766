/** Counts the requests that were refused, and names their senders in the terminal. */
import { notify } from '../status.ts'

const LONGEST_NAME = 60
/** Characters of a message, which may repeat a header of 16 KiB. */
const LONGEST_MESSAGE = 400

/** Requests refused since the start, by reason. */
export interface Refusals {
  counts: Readonly<Record<string, number>>
  /**
   * @param reason such as `HTTP 415`
   * @param sender its address and what it calls itself
   * @param kind of the notice, of a few; messages may have values of the request
   */
  add(
    reason: string,
    sender: { address?: string; agent?: string },
    message: string,
    kind?: string,
  ): void
}

export function refusals(): Refusals {
  const counts: Record<string, number> = {}
  return {
    counts,
    add(reason, { address = 'unknown', agent = '' }, message, kind = '') {
      counts[reason] = (counts[reason] ?? 0) + 1
      const name = plain(agent).slice(0, LONGEST_NAME)
      notify(`${reason} ${address} ${kind || name}`, (count) => {
        const requests = count === 1 ? 'a request' : `${count} requests`
        const from = name === '' ? address : `${address} (${name})`
        // Their messages may differ.
        const last = count === 1 ? '' : ', the last one'
        return `refused ${requests} from ${from}${last}: ${shown(message)} (${reason})`
      })
    },
  }
}

function shown(message: string): string {
  const text = plain(message)
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}...` : text
}

/** Text without what a terminal would obey. */
function plain(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?')
}
