/** Virtual time: waits take none of the real one, and the same seed gives the same times. */

export interface Clock {
  /** Milliseconds since the beginning. */
  now(): number
  wait(ms: number): Promise<void>
  /** Lets time pass until nothing waits any more. */
  run(): Promise<void>
}

export function createClock(): Clock {
  let now = 0
  let order = 0
  const waiting: { at: number; order: number; resolve: () => void }[] = []
  const isEarlier = (a: number, b: number) =>
    waiting[a]!.at - waiting[b]!.at || waiting[a]!.order - waiting[b]!.order
  const swap = (a: number, b: number) => {
    const one = waiting[a]!
    waiting[a] = waiting[b]!
    waiting[b] = one
  }

  function add(at: number, resolve: () => void): void {
    waiting.push({ at, order: order++, resolve })
    for (let i = waiting.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1
      if (isEarlier(parent, i) <= 0) break
      swap(parent, i)
      i = parent
    }
  }

  function takeEarliest() {
    swap(0, waiting.length - 1)
    const earliest = waiting.pop()!
    for (let i = 0; ; ) {
      let least = i
      for (const child of [2 * i + 1, 2 * i + 2])
        if (child < waiting.length && isEarlier(child, least) < 0) least = child
      if (least === i) return earliest
      swap(i, least)
      i = least
    }
  }

  return {
    now: () => now,
    wait: (ms) => new Promise((resolve) => add(now + Math.max(0, ms), resolve)),
    async run() {
      while (waiting.length > 0) {
        const { at, resolve } = takeEarliest()
        now = at
        resolve()
        // All promises that depend on it are settled before time passes.
        await new Promise(setImmediate)
      }
    },
  }
}

/** Something that so many can have at a time, in the order of asking. */
export function createResource(free: number) {
  const asking: (() => void)[] = []
  return {
    async take(): Promise<void> {
      if (free > 0) free--
      else await new Promise<void>((resolve) => asking.push(resolve))
    },
    giveBack(): void {
      const next = asking.shift()
      if (next) next()
      else free++
    },
  }
}

export type Resource = ReturnType<typeof createResource>
