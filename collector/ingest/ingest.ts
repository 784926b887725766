/** A spool, a loader and a load loop for each signal. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '../engine/engine.ts'
import { SIGNALS, type Signal } from '../otlp/proto.ts'
import { scan } from '../otlp/scan.ts'
import type { SignalStatus } from '../status.ts'
import { Loader } from './load.ts'
import { type LoadLoop, startLoadLoop } from './load-loop.ts'
import { RecentSpans } from './recent-spans.ts'
import { type Durability, Spool } from './spool.ts'

export interface Ingest {
  spools: Record<Signal, Spool>
  loops: Record<Signal, LoadLoop>
  recent: RecentSpans
  status(): Record<Signal, SignalStatus>
  /**
   * Loads waiting rows for at most `ms`, cancels the rest for at most `cancelMs`, and ends the loops.
   * @returns rows still waiting
   */
  drain(ms: number, cancelMs: number, signal?: AbortSignal): Promise<number>
}

/**
 * Opens the spools, with the files of a killed process.
 * @param loading false: load in drain() only.
 */
export async function openIngest(
  engine: Engine,
  dataDir: string,
  durability: Durability,
  loading: boolean,
): Promise<Ingest> {
  const spools = {} as Record<Signal, Spool>
  const loops = {} as Record<Signal, LoadLoop>
  const recent = new RecentSpans(join(dataDir, 'spool', 'recent-spans'), !loading)
  for (const signal of SIGNALS) {
    const directory = join(dataDir, 'spool', signal)
    let isAdded = !recent.isNew
    spools[signal] = new Spool(directory, durability, (request) => {
      const scanned = scan(signal, request)
      if (!isAdded) recent.add(scanned.hashes)
      return scanned
    })
    isAdded = true
    const loader = new Loader(signal, engine, spools[signal], undefined, recent)
    await loader.recover()
    loops[signal] = startLoadLoop(spools[signal], loader, loading)
  }
  const status = () =>
    Object.fromEntries(SIGNALS.map((signal) => [signal, loops[signal].status()])) as Record<
      Signal,
      SignalStatus
    >
  return {
    spools,
    loops,
    recent,
    status,
    async drain(ms, cancelMs, signal) {
      const until = new AbortController()
      const isOver = signal ? AbortSignal.any([signal, until.signal]) : until.signal
      const timer = Number.isFinite(ms) ? setTimeout(() => until.abort(), ms) : undefined
      const ended = Promise.all(SIGNALS.map((name) => loops[name].drain(isOver)))
      await Promise.race([ended, aborted(isOver)])
      clearTimeout(timer)
      if (isOver.aborted) {
        const cancelling = setInterval(() => engine.cancel(true), 50)
        await within(cancelMs, ended)
        clearInterval(cancelling)
      }
      return SIGNALS.reduce((sum, name) => sum + spools[name].waitingRows, 0)
    },
  }
}

/** Waits for work, or for `ms` if that is less. */
export function within(ms: number, work: Promise<unknown>): Promise<unknown> {
  return Number.isFinite(ms) ? Promise.race([work, sleep(ms, undefined, { ref: false })]) : work
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
