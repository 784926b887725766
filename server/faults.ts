/** Faults that the shop simulates, each off unless SHOP_FAULTS names it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { PRODUCTS, USERS } from './database/seed-data.ts'

const COMMITS_BETWEEN_SLOW_ONES = 20
const SLOW_COMMIT_MS = 150
const LOCK = { every: 2000, held: 250 }
const SLOW_READ_MS = 120
export const SLOW_PRODUCT = PRODUCTS[3]!
export const FAILING_USER = USERS[1]!
/** How often a report takes all reading connections, and for how long, in milliseconds. */
export const REPORT = { every: 1000, held: 400 }
export const PACKED = { from: 4, milliseconds: 250 }
export const SLOW_BANK_MS = 60
export const SLOW_COUNTRY = { code: 'BR', milliseconds: 150 }
export const SLOW_HOST = { name: 'payment-3', milliseconds: 60 }
/** Of every `of` requests in turn, the first `first` get 503 from the payment service. */
export const BUSY = { first: 2, of: 5 }
export const VERSIONS = ['2.3.0', '2.4.0'] as const

interface Described {
  name: string
  sentence: string
  /** It is a fault of the payment service, which runs only then. */
  payments?: true
}

/** Every fault: its name in SHOP_FAULTS and its effect. */
export const FAULTS = [
  {
    name: 'slow-disk',
    sentence: `Every ${COMMITS_BETWEEN_SLOW_ONES}th commit takes ${SLOW_COMMIT_MS} ms longer, and later purchases queue behind it.`,
  },
  {
    name: 'lock-contention',
    sentence: `Another connection holds the write lock for ${LOCK.held} ms every ${LOCK.every / 1000} s.`,
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
  {
    name: 'exhausted-pool',
    sentence: `A report takes every reading connection for ${REPORT.held} ms, every ${REPORT.every / 1000} s.`,
  },
  {
    name: 'held-lock',
    sentence: `Purchases of ${PACKED.from} or more units hold their transaction open for ${PACKED.milliseconds} ms, and others wait.`,
  },
  {
    name: 'memory-leak',
    sentence: 'Each request leaves objects behind, so that garbage collections take longer.',
  },
  {
    name: 'slow-bank',
    sentence: `The bank, which sends no spans, answers the payment service ${SLOW_BANK_MS} ms later.`,
    payments: true,
  },
  {
    name: 'slow-country',
    sentence: `The bank takes ${SLOW_COUNTRY.milliseconds} ms longer for cards of one country, ${SLOW_COUNTRY.code}.`,
    payments: true,
  },
  {
    name: 'busy-payments',
    sentence: `The payment service answers ${BUSY.first} of ${BUSY.of} requests with 503, and the shop tries again.`,
    payments: true,
  },
  {
    name: 'slow-host',
    sentence: `One payment host of three, ${SLOW_HOST.name}, takes ${SLOW_HOST.milliseconds} ms longer to write.`,
    payments: true,
  },
  {
    name: 'bad-version',
    sentence: `Two of three payment hosts get version ${VERSIONS[1]}, which fails for every third card.`,
    payments: true,
  },
  {
    name: 'broken-cache',
    sentence: 'The payment service no longer keeps exchange rates, and asks the bank each time.',
    payments: true,
  },
  {
    name: 'missing-index',
    sentence: "The payment service's table of charges loses its index.",
    payments: true,
  },
] as const satisfies Described[]

export type FaultName = (typeof FAULTS)[number]['name']

/** Hooks in the shop's layers. Without an active fault they do nothing. */
export interface Faults {
  /** Whether a fault is simulated now. */
  isActive(name: FaultName): boolean
  /** Whether one of the faults is one of the payment service. */
  needsPayments: boolean
  /** From now on the faults are simulated. */
  begin(): void
  /** Calls `work` when they begin: at once where they already have. */
  whenBegun(work: () => unknown): void
  /** Waits before a commit reaches the disk. */
  beforeCommit(): Promise<void>
  /** Waits before one product is read. */
  beforeReadingProduct(productId: string): Promise<void>
  /** Throws when this user's purchases fail. */
  beforeBuying(userId: string): void
  /** Waits inside the transaction of a large purchase. */
  beforeEndOfPurchase(quantity: number): Promise<void>
  /** Whether the list of products is read one statement per product. */
  readsOneByOne(): boolean
  /** How often and for how long another connection holds the write lock, in milliseconds. */
  foreignLock: { every: number; held: number } | undefined
}

/**
 * Reads a comma-separated list of fault names. Throws a RangeError for an unknown name.
 * @param begun false where they wait for `begin`
 */
export function createFaults(list = '', begun = true): Faults {
  const names = list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const unknown = names.find((name) => !FAULTS.some((fault) => fault.name === name))
  if (unknown !== undefined) throw new RangeError(`no fault is named "${unknown}"`)
  const waiting: (() => unknown)[] = []
  const isActive = (name: FaultName) => begun && names.includes(name)
  let commits = 0
  return {
    isActive,
    needsPayments: FAULTS.some((fault) => 'payments' in fault && names.includes(fault.name)),
    begin() {
      begun = true
      for (const work of waiting.splice(0)) work()
    },
    whenBegun(work) {
      if (begun) work()
      else waiting.push(work)
    },
    async beforeCommit() {
      if (isActive('slow-disk') && ++commits % COMMITS_BETWEEN_SLOW_ONES === 0) {
        await sleep(SLOW_COMMIT_MS)
      }
    },
    async beforeReadingProduct(productId) {
      if (isActive('slow-product') && productId === SLOW_PRODUCT.id) await sleep(SLOW_READ_MS)
    },
    beforeBuying(userId) {
      if (isActive('failing-user') && userId === FAILING_USER.id) {
        throw new Error('Ledger entry is corrupt')
      }
    },
    async beforeEndOfPurchase(quantity) {
      if (isActive('held-lock') && quantity >= PACKED.from) await sleep(PACKED.milliseconds)
    },
    readsOneByOne: () => isActive('repeated-statement'),
    foreignLock: names.includes('lock-contention') ? LOCK : undefined,
  }
}
