/** Running statements, and those that ignore their limits. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Engine, QUICK, quote } from '../engine/engine.ts'
import type { Job } from '../engine/threads.ts'
import { notify } from '../status.ts'
import { cancelled, tooMany, turns } from './concurrency.ts'
import { RefusedStatementError } from './errors.ts'

/** A statement that ignores its limits, as `/otrace/status` shows it. */
export interface OverdueStatement {
  id: string
  /** Since it began. */
  seconds: number
  statement: string
}

interface Statement {
  id: string
  text: string
  /** Our own id in the engine, so that clients cannot stop other clients' statements. */
  mark: string
  /** Aborted with the error for the client, or without one if the client disconnected. */
  stop: AbortController
  began: number
  isWaiting: boolean
}

/** Statements at a time. The event loop, inserts and checks need CPU, too. */
const SLOTS = 2
/** Limit of all statements, including waiting ones and those with a slow reader. */
const MOST_RUNNING = 100
const GRACE_MS = 2000
/** Limit of overdue statements whose slots are given away. */
const MOST_ABANDONED = 4
const LOOK_MS = 100
const KILL_MS = 500
/** Characters. */
const SHOWN = 200

export class Running {
  readonly #engine: Pick<Engine, 'run' | 'threads'>
  readonly #statements = new Map<string, Statement>()
  readonly #overdue = new Set<Statement>()
  readonly #inTurn = turns(SLOTS)
  /** One at a time has more memory than by default: two could take all that there is. */
  readonly #inLargeTurn = turns(1)

  readonly #graceMs: number

  /** @param graceMs for a statement to end after its limit or its client's disconnect */
  constructor(engine: Pick<Engine, 'run' | 'threads'>, graceMs = GRACE_MS) {
    this.#engine = engine
    this.#graceMs = graceMs
  }

  overdue(): OverdueStatement[] {
    return [...this.#overdue].map(({ id, text, began }) => ({
      id,
      seconds: Math.round((performance.now() - began) / 1000),
      statement: text.slice(0, SHOWN),
    }))
  }

  /** Cancels the statement that a client gave this id, if there is one. */
  cancel(id: string): void {
    this.#statements.get(id)?.stop.abort(cancelled())
  }

  /** @throws RefusedStatementError for an id that is in use, and for one statement too many. */
  add(id: string, text: string, stop: AbortController): Statement {
    if (this.#statements.size >= MOST_RUNNING) throw tooMany(MOST_RUNNING)
    if (this.#statements.has(id)) {
      throw new RefusedStatementError(
        `Query with id = ${id} is already running`,
        216,
        'QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING',
      )
    }
    const statement = {
      id,
      text,
      stop,
      mark: randomUUID(),
      began: performance.now(),
      isWaiting: true,
    }
    this.#statements.set(id, statement)
    return statement
  }

  remove({ id }: Statement): void {
    this.#statements.delete(id)
  }

  /**
   * Runs a statement in its turn, and kills it when it is aborted.
   * @param seconds limit of the wait, and again of the statement; a large one first waits for others of its kind
   * @param begin called when the statement starts
   * @param isLarge whether it may take more memory than by default
   * @returns the engine's answer besides the file
   * @throws the engine's error, or a RefusedStatementError
   */
  async run(
    statement: Statement,
    job: Job,
    seconds: number,
    begin: () => void,
    isLarge = false,
  ): Promise<string> {
    const { signal } = statement.stop
    let work: Promise<string> | undefined
    if (this.#overdue.size >= MOST_ABANDONED + SLOTS) throw this.#noRoom()
    const turn = () =>
      this.#inTurn(seconds, signal, () => {
        begin()
        statement.isWaiting = false
        statement.began = performance.now()
        work = this.#engine.threads.run({
          ...job,
          setup: [
            ...job.setup,
            `SET log_comment = ${quote(statement.mark)}, allow_introspection_functions = 0,
               ${QUICK}, readonly = 1`,
          ],
        })
        return Promise.race([work, this.#supervise(statement, seconds, work)])
      })
    try {
      return await (isLarge ? this.#alone(seconds, signal, turn, () => work) : turn())
    } catch (error) {
      throw signal.aborted && signal.reason instanceof RefusedStatementError ? signal.reason : error
    } finally {
      this.#engine.threads.giveBack()
    }
  }

  /** Runs a large statement. Others wait for its work, which may go on when its client has an answer. */
  #alone(
    seconds: number,
    signal: AbortSignal,
    turn: () => Promise<string>,
    work: () => Promise<string> | undefined,
  ): Promise<string> {
    return new Promise((resolve, reject) => {
      // They take as many times longer than side by side.
      this.#inLargeTurn(seconds * SLOTS, signal, async () => {
        const answer = turn()
        answer.then(resolve, reject)
        await answer.catch(noop)
        await work()?.catch(noop)
      }).catch(reject)
    })
  }

  /**
   * Never resolves before the work ends.
   * @throws RefusedStatementError for a statement that does not end: it keeps its thread but gives up its slot.
   */
  async #supervise(statement: Statement, seconds: number, work: Promise<string>): Promise<string> {
    const { signal } = statement.stop
    let ended = false
    const end = work.then(noop, noop).then(() => {
      ended = true
      this.#overdue.delete(statement)
    })
    const stopped = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    for (let limit = statement.began + seconds * 1000 + this.#graceMs; ; ) {
      await Promise.race(signal.aborted ? [end, sleep(KILL_MS)] : [end, stopped, sleep(LOOK_MS)])
      if (ended) return work
      if (signal.aborted) limit = Math.min(limit, performance.now() + this.#graceMs)
      const isOverdue = performance.now() > limit
      if (signal.aborted || isOverdue) await Promise.race([end, kill(this.#engine, statement.mark)])
      if (isOverdue && !ended) {
        this.#report(statement)
        if (this.#overdue.size <= MOST_ABANDONED)
          throw new RefusedStatementError(
            `Timeout exceeded: the statement does not stop after ${seconds} s`,
            159,
            'TIMEOUT_EXCEEDED',
          )
      }
    }
  }

  /** Reports an overdue statement. Refuses waiting statements if no slot will become free. */
  #report(statement: Statement): void {
    if (this.#overdue.has(statement)) return
    this.#overdue.add(statement)
    if (this.#engine.threads.isEnding) return
    const { id, text } = statement
    notify(
      'overdue statement',
      (count) =>
        `${count === 1 ? 'a statement ignores its' : `${count} statements ignore their`} limits; the last, ${id}: ${text.slice(0, SHOWN)}`,
    )
    if (this.#overdue.size < MOST_ABANDONED + SLOTS) return
    notify('no room for statements', () => this.#noRoom().message)
    for (const other of this.#statements.values())
      if (other.isWaiting) other.stop.abort(this.#noRoom())
  }

  #noRoom(): RefusedStatementError {
    return new RefusedStatementError(
      `${this.#overdue.size} statements ignore their limits and leave no room for others: restart otrace up`,
      202,
      'TOO_MANY_SIMULTANEOUS_QUERIES',
    )
  }
}

const noop = () => undefined

async function kill(engine: Pick<Engine, 'run'>, mark: string): Promise<void> {
  await engine
    .run(
      `KILL QUERY WHERE query_id IN (SELECT query_id FROM system.processes WHERE Settings['log_comment'] = ${quote(mark)}) ASYNC`,
    )
    .catch(noop)
}
