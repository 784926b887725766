/** Counts of the shop's responses. */
import { expect, test } from 'vitest'
import type { Errand } from './errands.ts'
import { createTally } from './tally.ts'

const buy = (user: string, productId: string, quantity: number): Errand => ({
  method: 'POST',
  route: '/product/{id}',
  path: `/product/${productId}`,
  user: { id: user, password: '' },
  productId,
  quantity,
})
const browse: Errand = { method: 'GET', route: '/products', path: '/products' }

test('each request counts once, and only responses of 200 are purchases', () => {
  const tally = createTally(3)
  tally.add(buy('u1', 'p1', 2), 200)
  tally.add(buy('u1', 'p2', 1), 200)
  tally.add(buy('u2', 'p1', 3), 200)
  tally.add(buy('u2', 'p1', 50), 400)
  tally.add(buy('u3', 'p1', 1), 401)
  tally.add(buy('u3', 'p2', 1), 401)
  tally.add(browse, 200)
  tally.add(buy('u1', 'p1', 9), 'timeout')
  tally.add(browse, 'failure')

  const { started, ended, ...figures } = tally.summary()
  expect(started <= ended).toBe(true)
  expect(figures).toEqual({
    seed: 3,
    requests: 9,
    answered: 7,
    timeouts: 1,
    failures: 1,
    statuses: { 200: 4, 400: 1, 401: 2 },
    operations: [
      { method: 'POST', route: '/product/{id}', status: 200, requests: 3 },
      { method: 'POST', route: '/product/{id}', status: 401, requests: 2 },
      { method: 'POST', route: '/product/{id}', status: 400, requests: 1 },
      { method: 'GET', route: '/products', status: 200, requests: 1 },
    ],
    purchases: 3,
    units: 6,
    products: [
      { productId: 'p1', purchases: 2, units: 5 },
      { productId: 'p2', purchases: 1, units: 1 },
    ],
    users: [
      { userId: 'u1', purchases: 2, units: 3 },
      { userId: 'u2', purchases: 1, units: 3 },
    ],
    authFailures: 2,
    authFailureUsers: [{ userId: 'u3', requests: 2 }],
  })
})
