/** When a signal's spool is loaded: at once while little arrives, in large statements under load; for main.ts. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Loader } from './load.ts'
import type { SignalStatus } from './main.ts'
import type { Spool } from './spool.ts'

/** A lone request waits this long for company. */
const LINGER_MS = 150
/** Under load this many rows, or this long, make a statement: parts stay few. */
const FULL_ROWS = 150_000
const FULL_MS = 700
/** Fewer rows than this after the linger is little. */
const FEW_ROWS = 2_000
const RETRY_MS = 1_000

export interface Feed {
  received(rows: number): void
  status(): SignalStatus
  /** Loads what is left for at most `ms`, and ends the feed. Nothing may be appended any more. */
  drain(ms: number): Promise<void>
}

/** @param loading whether to load from now on, rather than in drain() only. */
export function startFeed(spool: Spool, loader: Loader, loading: boolean): Feed {
  let received = 0
  /** When the oldest of what waits was acknowledged, or a little before. */
  let oldest: number | undefined
  let stopped = !loading
  let wake = () => {}
  const work = loading ? run() : Promise.resolve()

  return {
    received(rows) {
      received += rows
      oldest ??= Date.now()
      wake()
    },
    status: () => ({
      received,
      stored: loader.stored,
      waiting: spool.waitingRows,
      spoolBytes: spool.bytes,
      setAside: loader.setAside,
      lagMs: spool.waitingRows > 0 ? Date.now() - (oldest ?? Date.now()) : 0,
    }),
    async drain(ms) {
      stopped = true
      wake()
      await work
      await spool.close()
      const deadline = Date.now() + ms
      while (Date.now() < deadline && (await loader.load())) {
        // Until there is nothing left, or no time.
      }
      loader.close()
    },
  }

  async function run(): Promise<void> {
    while (!stopped) {
      if (spool.bytes === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        continue
      }
      await gather()
      try {
        while ((await load()) && !stopped && spool.waitingRows >= FULL_ROWS) {
          // More than one statement's worth has come meanwhile.
        }
      } catch (error) {
        process.stderr.write(`otrace: could not store what was received, trying again: ${error}\n`)
        await sleep(RETRY_MS)
      }
    }
  }

  async function load(): Promise<boolean> {
    const began = Date.now()
    const loaded = await loader.load()
    // What waits now came after this load had begun.
    oldest = spool.waitingRows > 0 ? began : undefined
    return loaded
  }

  async function gather(): Promise<void> {
    const started = Date.now()
    while (!stopped && spool.waitingRows < FULL_ROWS) {
      const waited = Date.now() - started
      if (waited >= FULL_MS || (waited >= LINGER_MS && spool.waitingRows < FEW_ROWS)) return
      await sleep(25)
    }
  }
}
