/** A seeded, endless mix of requests: purchases, mistakes and reads. */
import { PRODUCTS, USERS } from '../database/seed-data.ts'

/** One request to the shop. */
export interface Errand {
  method: 'GET' | 'POST'
  /** The shop's http.route. */
  route: '/product/{id}' | '/products/{id}' | '/products'
  path: string
  user?: { id: string; password: string }
  productId?: string
  quantity?: number
  /** Sent instead of the quantity. */
  malformedBody?: string
}

/** The share of each kind of request, in percent. Most are successful purchases. */
const MIX = {
  purchase: 62,
  wrongPassword: 7,
  unknownProduct: 5,
  nearlySoldOut: 4,
  emptyPurse: 5,
  tooMany: 2,
  malformed: 2,
  list: 6,
  look: 7,
}

const POOR_USER = USERS.at(-1)!
const NEARLY_SOLD_OUT = PRODUCTS.at(-1)!
const SHOPPERS = USERS.slice(0, -1)
const GOODS = PRODUCTS.slice(0, -1)

// Mostly one or two units, sometimes a box.
const QUANTITIES = [1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 5, 10]
const MORE_THAN_ANY_STOCK = 500_000
const MALFORMED = ['', 'two', '{}', '{"quantity":-1}', '{"quantity":1.5}', '{"quantity":"2"}']

/** Returns a generator of requests. The same seed gives the same requests in the same order. */
export function createErrands(seed: number): () => Errand {
  const random = mulberry32(seed)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!
  const kinds = Object.keys(MIX) as (keyof typeof MIX)[]
  const pickKind = weighted(
    kinds,
    kinds.map((kind) => MIX[kind]),
  )
  // A few regular customers and many occasional ones, so that baskets differ.
  const pickShopper = weighted(SHOPPERS, ranks(SHOPPERS.length, 1.4))
  const pickGoods = weighted(GOODS, ranks(GOODS.length, 0.8))

  function purchase(productId = pickGoods(random()).id, quantity = pick(QUANTITIES)): Errand {
    return {
      method: 'POST',
      route: '/product/{id}',
      path: `/product/${productId}`,
      user: pickShopper(random()),
      productId,
      quantity,
    }
  }

  const errands: Record<keyof typeof MIX, () => Errand> = {
    purchase,
    wrongPassword: () => {
      const errand = purchase()
      return { ...errand, user: { id: errand.user?.id ?? '', password: 'a wrong guess' } }
    },
    unknownProduct: () => purchase(uuid(random)),
    nearlySoldOut: () => purchase(NEARLY_SOLD_OUT.id),
    emptyPurse: () => ({ ...purchase(), user: POOR_USER }),
    tooMany: () => purchase(undefined, MORE_THAN_ANY_STOCK),
    malformed: () => ({ ...purchase(), malformedBody: pick(MALFORMED) }),
    list: () => ({ method: 'GET', route: '/products', path: '/products' }),
    look: () => ({
      method: 'GET',
      route: '/products/{id}',
      path: `/products/${pickGoods(random()).id}`,
    }),
  }
  return () => errands[pickKind(random())]()
}

/** Picks an item by weight, given a number in [0, 1). */
function weighted<T>(items: readonly T[], weights: number[]): (at: number) => T {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return (at) => {
    let left = at * total
    const index = weights.findIndex((weight) => {
      left -= weight
      return left < 0
    })
    return items.at(index)!
  }
}

/** Zipf's law: the weight of rank n is n to the minus `exponent`. */
function ranks(count: number, exponent: number): number[] {
  return Array.from({ length: count }, (_, index) => (index + 1) ** -exponent)
}

function uuid(random: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('')
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/, '$1-$2-4$3-8$4-$5')
}

/** Random numbers in [0, 1): mulberry32 by Tommy Ettinger, public domain. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}
