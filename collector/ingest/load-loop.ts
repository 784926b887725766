/** Schedules loads of a signal's spool: at once at low rates, in batches under load. */
import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { CLOSED } from '../engine/engine.ts'
import { inWords } from '../engine/errors.ts'
import { notify, type SignalStatus } from '../status.ts'
import type { Loader } from './load.ts'
import type { Spool } from './spool.ts'

/** A lone request waits this long for others. */
const LINGER_MS = 150
/** Under load a statement waits for this many rows, or this long, so that parts stay few. */
const FULL_ROWS = 150_000
const FULL_MS = 700
/** Fewer rows than this after the linger are loaded at once. */
const FEW_ROWS = 2_000
const RETRY_MS = 1_000
/** Files are put back rarely, and a look takes 50 µs. */
const LOOK_MS = 5_000

export interface LoadLoop {
  /** Call after something was appended. */
  wake(): void
  status(): SignalStatus
  /** Waits until rows were stored beyond `seen`. @returns those stored since the start */
  stored(seen: number | undefined, end: AbortSignal): Promise<number>
  /** Loads the rest until it is over, then ends the loop. Nothing may be appended afterwards. */
  drain(isOver: AbortSignal): Promise<void>
}

/** @param loading false: load in drain() only. */
export function startLoadLoop(spool: Spool, loader: Loader, loading: boolean): LoadLoop {
  let failure: string | undefined
  let stopped = !loading
  let wake = () => {}
  const loads = new EventEmitter().setMaxListeners(0)
  const woken = () =>
    new Promise<void>((resolve) => {
      wake = resolve
    })
  const work = loading ? run() : Promise.resolve()
  const looking = loading ? setInterval(look, LOOK_MS).unref() : undefined

  return {
    wake: () => wake(),
    status: () => ({
      received: spool.received,
      stored: loader.stored,
      waiting: spool.waitingRows,
      spoolBytes: spool.bytes,
      quarantined: spool.quarantine.count,
      lost: spool.missingRows,
      lagMs: Math.max(0, Math.round(Date.now() - (spool.oldest ?? Date.now()))),
      failure,
    }),
    async stored(seen, signal) {
      // Aborted, it says what there is.
      if (loader.stored === seen) await once(loads, 'stored', { signal }).catch(() => {})
      return loader.stored
    },
    async drain(isOver) {
      stopped = true
      clearInterval(looking)
      wake()
      await work
      await spool.close()
      let failed = 0
      while (!isOver.aborted) {
        const [first] = spool.sealed
        try {
          if (!(await load())) break
        } catch {
          // A file that failed by itself is now behind the others. The next start tries it again.
          if (spool.sealed[0] === first || ++failed >= spool.sealed.length) break
        }
      }
      loader.close()
    },
  }

  async function run(): Promise<void> {
    while (!stopped) {
      if (spool.bytes === 0) {
        await woken()
        continue
      }
      await gather()
      try {
        while ((await load()) && !stopped && spool.waitingRows >= FULL_ROWS) {
          // More than one statement's worth arrived meanwhile.
        }
      } catch {
        const retry = performance.now() + RETRY_MS
        while (!stopped && performance.now() < retry) await sleep(25)
      }
    }
  }

  function look(): void {
    try {
      spool.look()
      if (spool.bytes > 0) wake()
    } catch (error) {
      notify(`look ${spool.directory}`, () => `the spool cannot be looked at: ${inWords(error)}`)
    }
  }

  async function load(): Promise<boolean> {
    try {
      const loaded = await loader.load()
      failure = undefined
      loads.emit('stored')
      return loaded
    } catch (error) {
      const said = inWords(error)
      failure = said
      if (said.includes('QUERY_WAS_CANCELLED') || said === CLOSED) throw error
      // It may be written once storing goes on.
      notify(`storing ${spool.directory}`, () => `storing failed, retrying: ${said}`)
      throw error
    }
  }

  async function gather(): Promise<void> {
    const started = performance.now()
    while (!stopped && spool.waitingRows < FULL_ROWS) {
      const waited = performance.now() - started
      if (waited >= FULL_MS || (waited >= LINGER_MS && spool.waitingRows < FEW_ROWS)) return
      await sleep(25)
    }
  }
}
