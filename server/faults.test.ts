/** Faults of the shop on purpose. */
import { expect, test, vi } from 'vitest'
import { PRODUCTS, USERS } from './database/seed-data.ts'
import { createFaults, FAULTS } from './faults.ts'
import { createLeak } from './leak.ts'
import { openTestShop, purchase, recordSpans } from './testing.ts'

vi.spyOn(process.stdout, 'write').mockReturnValue(true)
const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true)

const recorded = recordSpans()
const byName = PRODUCTS.toSorted((a, b) => (a.name < b.name ? -1 : 1))
const [user] = USERS as [(typeof USERS)[number]]
const [product] = PRODUCTS as [(typeof PRODUCTS)[number]]

function milliseconds({ duration: [seconds, nanoseconds] }: { duration: [number, number] }) {
  return seconds * 1000 + nanoseconds / 1e6
}

test('an unknown fault is refused', () => {
  expect(() => createFaults(FAULTS.map(({ name }) => name).join(', '))).not.toThrow()
  expect(() => createFaults('slow-disk,slow-disc')).toThrow('no fault is named "slow-disc"')
})

test('faults are off by default', () => {
  for (const nothing of [undefined, '', ' , ']) {
    const faults = createFaults(nothing)
    expect(FAULTS.filter(({ name }) => faults.isActive(name))).toEqual([])
    expect(faults.readsOneByOne()).toBe(false)
    expect(faults.foreignLock).toBeUndefined()
    expect(faults.needsPayments).toBe(false)
    for (const { id } of USERS) expect(() => faults.beforeBuying(id)).not.toThrow()
  }
})

test('faults wait for their beginning', () => {
  const faults = createFaults('slow-bank', false)
  const begun = vi.fn()
  faults.whenBegun(begun)
  expect([faults.isActive('slow-bank'), faults.needsPayments]).toEqual([false, true])
  faults.begin()
  expect([faults.isActive('slow-bank'), faults.isActive('slow-host')]).toEqual([true, false])
  expect(begun).toHaveBeenCalledOnce()
})

test('slow-disk makes some commits slow', async () => {
  const { app } = await openTestShop('slow-disk')
  recorded.take()
  for (let bought = 0; bought < 20; bought++) {
    await app.request(`/product/${product.id}`, purchase(user, { quantity: 1 }))
  }
  const commits = recorded.take().filter(({ name }) => name === 'COMMIT')
  expect(commits).toHaveLength(20)
  expect(milliseconds(commits[19]!)).toBeGreaterThan(145)
})

test('slow-product makes one product slow to read, and it can still be bought', async () => {
  const slow = PRODUCTS.find(({ name }) => FAULTS[4].sentence.includes(name))!
  const { app } = await openTestShop('slow-product')
  recorded.take()
  const response = await app.request(`/product/${slow.id}`, purchase(user, { quantity: 1 }))
  expect(response.status).toBe(200)
  const read = recorded.take().find(({ name }) => name === 'repository_get_product')!
  expect(milliseconds(read)).toBeGreaterThan(115)
})

test('repeated-statement runs one statement for each product of the list', async () => {
  const { app } = await openTestShop('repeated-statement')
  recorded.take()
  expect(await (await app.request('/products')).json()).toEqual(byName)
  const selects = recorded.take().filter(({ name }) => name === 'SELECT products')
  expect(selects).toHaveLength(1 + PRODUCTS.length)
})

test('failing-user makes each purchase of one user fail with 500, logged and rolled back', async () => {
  const failing = USERS.find(({ id }) => FAULTS[3].sentence.includes(id))!
  const { app } = await openTestShop('failing-user')
  stderr.mockClear()
  const response = await app.request(`/product/${product.id}`, purchase(failing, { quantity: 1 }))
  expect(response.status).toBe(500)
  expect(await response.json()).toEqual({ detail: 'Internal Server Error' })
  expect(await (await app.request(`/products/${product.id}`)).json()).toEqual(product)
  expect(stderr).toHaveBeenCalledOnce()
  expect(JSON.parse(String(stderr.mock.calls[0]?.[0]))).toMatchObject({
    event: 'request failed',
    level: 'error',
    'exception.type': 'Error',
    trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
  })
  const other = await app.request(`/product/${product.id}`, purchase(user, { quantity: 1 }))
  expect(other.status).toBe(200)
})

test('lock-contention makes a purchase wait for the lock, then succeed', async () => {
  const { app } = await openTestShop('lock-contention')
  recorded.take()
  const waited = () =>
    recorded
      .take()
      .some(
        ({ name, events }) =>
          name === 'BEGIN' && events.some((event) => event.name === 'waiting for the write lock'),
      )
  await vi.waitUntil(
    async () => {
      const response = await app.request(`/product/${product.id}`, purchase(user, { quantity: 1 }))
      expect(response.status).toBe(200)
      return waited()
    },
    { timeout: 60_000, interval: 0 },
  )
})

test('held-lock makes a large purchase hold its transaction', async () => {
  const { app } = await openTestShop('held-lock')
  recorded.take()
  const response = await app.request(`/product/${product.id}`, purchase(user, { quantity: 4 }))
  expect(response.status).toBe(200)
  const held = recorded.take().find(({ name }) => name === 'repository_transaction')!
  expect(milliseconds(held)).toBeGreaterThan(245)
})

test('exhausted-pool makes reads wait for a connection', async () => {
  const { app } = await openTestShop('exhausted-pool')
  recorded.take()
  const wait = async () => {
    await app.request(`/products/${product.id}`)
    return recorded.take().some((span) => span.name === 'connect' && milliseconds(span) > 100)
  }
  await vi.waitUntil(wait, { timeout: 60_000, interval: 10 })
})

test('memory-leak keeps what each purchase leaves', () => {
  const leave = createLeak(createFaults('memory-leak'))
  expect([leave(), leave()]).toEqual([1, 2])
  expect(createLeak(createFaults())()).toBe(0)
})
