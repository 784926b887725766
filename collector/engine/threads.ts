/** Worker threads for statements, which may block their thread inside the engine. */
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import { DamagedParts } from './errors.ts'
import { pathsHidden } from './paths.ts'

/** One statement on a session of its own. */
export interface Job {
  /** Statements before it: USE and SET. */
  setup: string[]
  /** `param_x`'s raw values by `x`. Quoting 15 MB of texts takes 0.9 s, so that is done in the thread, too. */
  parameters?: Record<string, string>
  text: string
  /** Bound in the engine. */
  params?: Record<string, unknown>
  format: string
}

interface Outcome {
  answer?: string
  error?: string
}

/** A session of chdb. */
interface AsyncSession {
  query(sql: string): unknown
  queryAsync(sql: string, options: { format: string }): Promise<{ text(): string }>
  queryBindAsync(
    sql: string,
    params: object,
    options: { format: string },
  ): Promise<{ text(): string }>
  close(): void
}

/** For parameters, which are as long as a body may be, and longer with their escapes. */
const LONG = 'SET max_query_size = 67108864'

/** Text and not a file: tests, the bundle and tsx would each need their own. */
const SCRIPT = String.raw`
const { parentPort, workerData } = require('node:worker_threads')
const { Session } = require(workerData.chdb)
const quote = (text) => "'" + text.replaceAll('\\', '\\\\').replaceAll("'", "\\'") + "'"
parentPort.on('message', ({ setup, parameters, text, params, format }) => {
  let session
  let outcome
  try {
    session = new Session(workerData.directory)
    if (parameters) session.query(workerData.long)
    for (const [name, value] of Object.entries(parameters || {}))
      session.query('SET param_' + name + ' = ' + quote(value))
    for (const each of setup) session.query(each)
    const answer = params ? session.queryBind(text, params, format) : session.query(text, format)
    outcome = { answer }
  } catch (error) {
    outcome = { error: String(error?.message ?? error) }
  }
  session?.close()
  parentPort.postMessage(outcome)
})
`

/**
 * Above this, in bytes of the whole process, what a statement leaves goes back to the system at once. The allocator
 * takes 12 s. Giving back 600 MB took 80 ms of CPU time, 2.9 GB 350 ms.
 */
const MUCH_MEMORY = 2 ** 30

/** Synchronous calls, so that no statement holds one of libuv's four threads, which storing needs. */
export class EngineThreads {
  readonly #directory: string
  readonly #hide: (text: string) => string
  readonly damaged = new DamagedParts()
  /** The process ends, and with it every statement. */
  isEnding = false
  readonly #idle: Worker[] = []
  #busy = 0
  #isGivingBack = false
  #closed = false

  readonly #openSession: (() => AsyncSession) | undefined

  /**
   * @param directory of the engine, which is open in this process
   * @param openSession runs statements on libuv's threads, where starting one here takes longer than they do: 50 ms
   */
  constructor(directory: string, openSession?: () => AsyncSession) {
    this.#directory = directory
    this.#openSession = openSession
    this.#hide = pathsHidden(directory)
  }

  /** Statements that run. */
  get busy(): number {
    return this.#busy
  }

  /** @throws the engine's error, without the host's paths. The caller limits how many run at once. */
  async run(job: Job): Promise<string> {
    // A session opened after close() would open the engine again.
    if (this.#closed) throw new Error('the engine is closed')
    this.#busy++
    try {
      const outcome = await (this.#openSession ? call(this.#openSession(), job) : this.#post(job))
      if (outcome.error !== undefined) {
        this.damaged.look(outcome.error)
        throw new Error(this.#hide(outcome.error))
      }
      return outcome.answer ?? ''
    } finally {
      this.#busy--
    }
  }

  /** Returns the memory that statements left, if it is much and the process goes on. */
  giveBack(): void {
    const isMuch = () => process.memoryUsage.rss() > MUCH_MEMORY
    if (this.#openSession || this.isEnding || this.#isGivingBack || !isMuch()) return
    this.#isGivingBack = true
    const purge = this.run({ setup: [], text: 'SYSTEM JEMALLOC PURGE', format: 'Null' })
    // An engine with another allocator keeps its memory.
    const ended = () => {
      this.#isGivingBack = false
    }
    purge.then(ended, ended)
  }

  async #post(job: Job): Promise<Outcome> {
    const worker = this.#idle.pop() ?? this.#start()
    worker.ref()
    try {
      const outcome = await new Promise<Outcome>((resolve, reject) => {
        worker.once('message', resolve)
        worker.once('error', reject)
        worker.postMessage(job)
      })
      worker.removeAllListeners('error')
      this.#idle.push(worker)
      return outcome
    } finally {
      worker.unref()
    }
  }

  /** Ends idle threads, and waits for their end. A thread busy in the engine cannot be ended. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#idle.splice(0).map((worker) => worker.terminate()))
  }

  #start(): Worker {
    const chdb = createRequire(import.meta.url).resolve('chdb')
    return new Worker(SCRIPT, {
      eval: true,
      // The script is CommonJS, whatever loader or input type this process was started with.
      execArgv: [],
      workerData: { chdb, directory: this.#directory, long: LONG },
    })
  }
}

/** Quotes a ClickHouse string literal. */
export function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

/** Runs a job as SCRIPT does. */
async function call(
  session: AsyncSession,
  { setup, parameters = {}, text, params, format }: Job,
): Promise<Outcome> {
  try {
    session.query(LONG)
    for (const [name, value] of Object.entries(parameters))
      session.query(`SET param_${name} = ${quote(value)}`)
    for (const each of setup) session.query(each)
    const work = params
      ? session.queryBindAsync(text, params, { format })
      : session.queryAsync(text, { format })
    return { answer: (await work).text() }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  } finally {
    session.close()
  }
}
