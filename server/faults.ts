/** The shop's deliberate misbehaviour: one list, all of it off unless SHOP_FAULTS names it; for main.ts and the layers. */
import { setTimeout as sleep } from 'node:timers/promises'
import { PRODUCTS, USERS } from './seed-data.ts'

const COMMITS_BETWEEN_SLOW_ONES = 20
const SLOW_COMMIT_MS = 150
const LOCK_EVERY_MS = 2000
const LOCK_HELD_MS = 250
const SLOW_READ_MS = 120
const SLOW_PRODUCT = PRODUCTS[3]!
const FAILING_USER = USERS[6]!

/** Every fault: its switch, and what it does. */
export const FAULTS = [
  {
    name: 'slow-disk',
    sentence: `Every ${COMMITS_BETWEEN_SLOW_ONES}th commit takes ${SLOW_COMMIT_MS} ms longer, and later purchases queue behind it.`,
  },
  {
    name: 'lock-contention',
    sentence: `Another connection holds the write lock for ${LOCK_HELD_MS} ms every ${LOCK_EVERY_MS / 1000} s.`,
  },
  {
    name: 'repeated-statement',
    sentence: 'GET /products reads the ids, then runs one SELECT for each product.',
  },
  {
    name: 'failing-user',
    sentence: `Every purchase of ${FAILING_USER.name} (${FAILING_USER.id}) fails with 500.`,
  },
  {
    name: 'slow-product',
    sentence: `Reading ${SLOW_PRODUCT.name} (${SLOW_PRODUCT.id}) takes ${SLOW_READ_MS} ms longer.`,
  },
] as const

type FaultName = (typeof FAULTS)[number]['name']

/** What the layers ask of the faults; with none active each answer is "nothing". */
export interface Faults {
  /** Waits before a commit reaches the disk. */
  beforeCommit(): Promise<void>
  /** Waits before one product is read. */
  beforeReadingProduct(productId: string): Promise<void>
  /** Throws when this user's purchases fail. */
  beforeBuying(userId: string): void
  /** Whether the list of products is read one statement per product. */
  readsOneByOne: boolean
  /** How often, and for how long, somebody else holds the write lock, in milliseconds. */
  foreignLock: { every: number; held: number } | undefined
}

/** The faults that a comma-separated list of names switches on. Throws a RangeError on a name that is not in the list. */
export function createFaults(list = ''): Faults {
  const names = list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const unknown = names.find((name) => !FAULTS.some((fault) => fault.name === name))
  if (unknown !== undefined) throw new RangeError(`There is no fault named "${unknown}"`)
  const active = (name: FaultName) => names.includes(name)
  let commits = 0
  return {
    async beforeCommit() {
      if (active('slow-disk') && ++commits % COMMITS_BETWEEN_SLOW_ONES === 0) {
        await sleep(SLOW_COMMIT_MS)
      }
    },
    async beforeReadingProduct(productId) {
      if (active('slow-product') && productId === SLOW_PRODUCT.id) await sleep(SLOW_READ_MS)
    },
    beforeBuying(userId) {
      if (active('failing-user') && userId === FAILING_USER.id) {
        throw new Error('Ledger entry is corrupt')
      }
    },
    readsOneByOne: active('repeated-statement'),
    foreignLock: active('lock-contention')
      ? { every: LOCK_EVERY_MS, held: LOCK_HELD_MS }
      : undefined,
  }
}
