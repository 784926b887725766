/** The names of clients' sessions, for `session_check`. Nothing else is kept of a session. */
import { RefusedStatementError } from './errors.ts'

/** Seconds, as on a server: those of a session without `session_timeout`, and the most of one. */
const [USUAL, MOST] = [60, 3600]
/** Sessions, and characters of a name that are told apart. */
const MOST_SESSIONS = 1000
const NAME = 200

export class Sessions {
  /** Ends by name, those last used at the end: milliseconds. */
  readonly #ends = new Map<string, number>()

  /**
   * Opens the session of a request, or goes on with it.
   * @returns ends the request, from when its time counts
   * @throws RefusedStatementError for one that is to be there and is not, and for a timeout that a server refuses
   */
  enter(parameters: URLSearchParams, now = Date.now): () => unknown {
    const id = parameters.get('session_id') ?? ''
    if (id === '') return () => undefined
    const seconds = timeoutOf(parameters.get('session_timeout') ?? String(USUAL))
    const name = id.slice(0, NAME)
    const isThere = (this.#ends.get(name) ?? 0) > now()
    if (parameters.get('session_check') === '1' && !isThere)
      throw new RefusedStatementError(`Session ${name} not found`, 372, 'SESSION_NOT_FOUND')
    // At once, too: a client may ask again before its request has ended here.
    if (parameters.get('close_session') === '1') {
      this.#ends.delete(name)
      return () => undefined
    }
    const hold = () => {
      this.#ends.delete(name)
      this.#ends.set(name, now() + seconds * 1000)
    }
    hold()
    const [oldest] = this.#ends.keys()
    if (this.#ends.size > MOST_SESSIONS) this.#ends.delete(oldest!)
    // A later request may have closed it.
    return () => this.#ends.has(name) && hold()
  }
}

function timeoutOf(text: string): number {
  const refuse = (message: string) =>
    new RefusedStatementError(message, 374, 'INVALID_SESSION_TIMEOUT')
  if (!/^\d+$/.test(text)) throw refuse(`Invalid session timeout: '${text.slice(0, NAME)}'`)
  if (Number(text) > MOST)
    throw refuse(
      `Session timeout '${text.slice(0, NAME)}' is larger than max_session_timeout: ${MOST}`,
    )
  return Number(text)
}
