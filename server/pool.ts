/** A pool that lends its members in the order they were asked for; for database.ts. */

export interface Pool<T> {
  /** The next free member; waits for one when all are lent. */
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
