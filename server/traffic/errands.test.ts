/** The seeded mix of requests. */
import { expect, test } from 'vitest'
import { PRODUCTS, USERS } from '../database/seed-data.ts'
import { createErrands, type Errand } from './errands.ts'

function take(seed: number, count: number): Errand[] {
  const next = createErrands(seed)
  return Array.from({ length: count }, next)
}

test('the same seed gives the same requests, another seed gives others', () => {
  expect(take(7, 500)).toEqual(take(7, 500))
  expect(take(7, 500)).not.toEqual(take(8, 500))
})

test('the mix has every kind of request, mostly purchases that can succeed', () => {
  const errands = take(1, 10_000)
  const known = new Set(PRODUCTS.map(({ id }) => id))
  const passwords = new Map(USERS.map(({ id, password }) => [id, password]))
  const poor = USERS.at(-1)?.id
  const kind = ({ user, productId, quantity = 0, malformedBody }: Errand) => {
    if (!user) return productId ? 'look' : 'browse'
    if (malformedBody !== undefined) return 'malformed'
    if (passwords.get(user.id) !== user.password) return 'wrong password'
    if (!known.has(productId ?? '')) return 'unknown product'
    if (user.id === poor) return 'empty purse'
    if (productId === PRODUCTS.at(-1)?.id) return 'nearly sold out'
    return quantity > 100 ? 'too many' : 'purchase'
  }
  const shares = new Map<string, number>()
  for (const errand of errands) {
    shares.set(kind(errand), (shares.get(kind(errand)) ?? 0) + 1 / errands.length)
  }
  const expected = {
    purchase: 0.62,
    'wrong password': 0.07,
    'unknown product': 0.05,
    'nearly sold out': 0.04,
    'empty purse': 0.05,
    'too many': 0.02,
    malformed: 0.02,
    browse: 0.13,
  }
  expect([...shares.keys()].sort()).toEqual(Object.keys(expected).sort())
  for (const [name, share] of Object.entries(expected)) {
    expect(shares.get(name), name).toBeCloseTo(share, 1.5)
  }
})

test('a minute at 100 requests per second sells out only the scarce product', () => {
  const units = new Map<string, number>()
  for (const { productId = '', quantity = 0, malformedBody } of take(1, 6000)) {
    if (malformedBody !== undefined || quantity > 100) continue
    units.set(productId, (units.get(productId) ?? 0) + quantity)
  }
  const soldOut = PRODUCTS.filter(({ id, quantity }) => (units.get(id) ?? 0) > quantity)
  expect(soldOut.map(({ name }) => name)).toEqual(['Telescope'])
})

test('customers buy different numbers of units', () => {
  const units = new Map<string, number>()
  for (const { user, quantity = 0 } of take(1, 500)) {
    if (user && quantity <= 100) units.set(user.id, (units.get(user.id) ?? 0) + quantity)
  }
  const bought = [...units.values()]
  expect(Math.max(...bought)).toBeGreaterThan(20)
  expect(Math.min(...bought)).toBeLessThanOrEqual(10)
})
