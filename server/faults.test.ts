import { expect, test, vi } from 'vitest'
import { createFaults, FAULTS } from './faults.ts'
import { PRODUCTS, USERS } from './seed-data.ts'
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

test('are named in a list; a name that is not in it is refused', () => {
  expect(() => createFaults(FAULTS.map(({ name }) => name).join(', '))).not.toThrow()
  expect(() => createFaults('slow-disk,slow-disc')).toThrow('There is no fault named "slow-disc"')
})

test('are off unless asked for', () => {
  for (const nothing of [undefined, '', ' , ']) {
    const faults = createFaults(nothing)
    expect(faults.readsOneByOne).toBe(false)
    expect(faults.foreignLock).toBeUndefined()
    for (const { id } of USERS) expect(() => faults.beforeBuying(id)).not.toThrow()
  }
})

test('slow-disk: some commits are slow', async () => {
  const { app } = await openTestShop('slow-disk')
  recorded.take()
  for (let bought = 0; bought < 20; bought++) {
    await app.request(`/product/${product.id}`, purchase(user, { quantity: 1 }))
  }
  const commits = recorded.take().filter(({ name }) => name === 'COMMIT')
  expect(commits).toHaveLength(20)
  expect(milliseconds(commits[19]!)).toBeGreaterThan(145)
})

test('slow-product: reading that product is slow, and it can still be bought', async () => {
  const slow = PRODUCTS.find(({ name }) => FAULTS[4].sentence.includes(name))!
  const { app } = await openTestShop('slow-product')
  recorded.take()
  const response = await app.request(`/product/${slow.id}`, purchase(user, { quantity: 1 }))
  expect(response.status).toBe(200)
  const read = recorded.take().find(({ name }) => name === 'repository_get_product')!
  expect(milliseconds(read)).toBeGreaterThan(115)
})

test('repeated-statement: the list of products takes a statement for each of them', async () => {
  const { app } = await openTestShop('repeated-statement')
  recorded.take()
  expect(await (await app.request('/products')).json()).toEqual(byName)
  const selects = recorded.take().filter(({ name }) => name === 'SELECT products')
  expect(selects).toHaveLength(1 + PRODUCTS.length)
})

test('failing-user: each of their purchases is answered 500 and logged, and takes nothing', async () => {
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

test('lock-contention: a purchase waits for whoever has the lock, and succeeds', async () => {
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
    { timeout: 20_000, interval: 0 },
  )
})
