/** Worker threads for statements, which may block their thread inside the engine. */
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import { DamagedParts } from './damage.ts'
import { pathsHidden } from './paths.ts'

/** One statement on a session of its own. */
export interface Job {
  /** Statements before it: USE and SET. */
  setup: string[]
  text: string
  /** Bound in the engine. */
  params?: Record<string, unknown>
  format: string
}

interface Outcome {
  answer?: string
  error?: string
}

/** Text and not a file: tests, the bundle and tsx would each need their own. */
const SCRIPT = `
const { parentPort, workerData } = require('node:worker_threads')
const { Session } = require(workerData.chdb)
parentPort.on('message', ({ setup, text, params, format }) => {
  let session
  let outcome
  try {
    session = new Session(workerData.directory)
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

/** Synchronous calls, so that no statement holds one of libuv's four threads, which storing needs. */
export class EngineThreads {
  readonly #directory: string
  readonly #hide: (text: string) => string
  readonly damaged = new DamagedParts()
  /** The process ends, and with it every statement. */
  isEnding = false
  readonly #idle: Worker[] = []
  #busy = 0
  #closed = false

  /** @param directory of the engine, which is open in this process. */
  constructor(directory: string) {
    this.#directory = directory
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
    const worker = this.#idle.pop() ?? this.#start()
    this.#busy++
    worker.ref()
    try {
      const outcome = await new Promise<Outcome>((resolve, reject) => {
        worker.once('message', resolve)
        worker.once('error', reject)
        worker.postMessage(job)
      })
      worker.removeAllListeners('error')
      this.#idle.push(worker)
      if (outcome.error !== undefined) {
        this.damaged.look(outcome.error)
        throw new Error(this.#hide(outcome.error))
      }
      return outcome.answer ?? ''
    } finally {
      worker.unref()
      this.#busy--
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
      workerData: { chdb, directory: this.#directory },
    })
  }
}
