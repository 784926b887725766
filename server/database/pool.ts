/** A pool that serves waiting callers in order. */

export interface Pool<T> {
  /** Returns a free member, or waits for one. */
  take(): Promise<T>
  giveBack(member: T): void
}

export function createPool<T>(members: T[]): Pool<T> {
  const free = [...members]
  const waiting: ((member: T) => void)[] = []
  return {
    take() {
      const member = free.pop()
      if (member !== undefined) return Promise.resolve(member)
      return new Promise((resolve) => waiting.push(resolve))
    },
    giveBack(member) {
      const next = waiting.shift()
      if (next) next(member)
      else free.push(member)
    },
  }
}
