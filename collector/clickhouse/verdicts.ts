/** Statements that were found harmless, so that asking again costs no check. */

/** Characters of a statement with its parameters, and of all that are remembered. */
const LONGEST = 32_768
const MOST = 4_194_304

/** A point in time as text: no check tells one from another. */
const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?$/

/** Verdicts of the last statements, up to a number of characters. */
export class Verdicts<Verdict> {
  readonly #known = new Map<string, Verdict>()
  #characters = 0

  /** The key of a statement, which is the same for each window of a query; empty for one too long to remember. */
  keyOf(database: string, sql: string, parameters: Record<string, string>): string {
    const values = Object.values(parameters)
    if (values.reduce((sum, { length }) => sum + length, sql.length) > LONGEST) return ''
    const shapes = Object.entries(parameters).map(([name, value]) => [
      name,
      TIME.test(value) ? null : value,
    ])
    return JSON.stringify([database, sql, shapes])
  }

  get(key: string): Verdict | undefined {
    const found = this.#known.get(key)
    if (found === undefined) return undefined
    this.#known.delete(key)
    this.#known.set(key, found)
    return found
  }

  set(key: string, verdict: Verdict): void {
    if (key === '' || key.length > LONGEST || this.#known.has(key)) return
    this.#known.set(key, verdict)
    this.#characters += key.length
    for (const oldest of this.#known.keys()) {
      if (this.#characters <= MOST) return
      this.#known.delete(oldest)
      this.#characters -= oldest.length
    }
  }
}
