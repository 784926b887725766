/** The shop over HTTP: every route and its errors. */
import Libsql from 'libsql/promise'
import { expect, test, vi } from 'vitest'
import { PRODUCTS, USERS } from './database/seed-data.ts'
import { openTestShop, purchase } from './testing.ts'

vi.spyOn(process.stdout, 'write').mockReturnValue(true)

const byName = PRODUCTS.toSorted((a, b) => (a.name < b.name ? -1 : 1))
const [user] = USERS as [(typeof USERS)[number]]
const poor = USERS.at(-1)!
const notebook = PRODUCTS.find(({ name }) => name === 'Notebook')!
const pencil = PRODUCTS.find(({ name }) => name === 'Pencil')!

async function balance(file: string, userId: string): Promise<number> {
  const handle = new Libsql(file, {})
  const [row] = await (await handle.prepare('SELECT balance FROM users WHERE id = ?')).all(userId)
  handle.close()
  return row.balance
}

test('a purchase takes units from the stock and their price from the balance', async () => {
  const { app, file } = await openTestShop()
  const response = await app.request(`/product/${notebook.id}`, purchase(user, { quantity: 3 }))
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ message: 'success' })
  const product = await (await app.request(`/products/${notebook.id}`)).json()
  expect(product).toEqual({ ...notebook, quantity: notebook.quantity - 3 })
  expect(await balance(file, user.id)).toBe(user.balance - 3 * notebook.price)
})

test('a refill makes stock and purses as they were at the start', async () => {
  const { app, file, refill } = await openTestShop()
  const all = { quantity: notebook.quantity }
  const statuses: number[] = []
  const buy = async (body: object) => {
    const { status } = await app.request(`/product/${notebook.id}`, purchase(user, body))
    statuses.push(status)
  }
  await buy(all)
  await buy({ quantity: 1 })
  await refill()
  expect(await balance(file, user.id)).toBe(user.balance)
  await buy(all)
  expect(statuses).toEqual([200, 400, 200])
})

test('the documented user and product exist, and an order of 1000 exceeds the stock', async () => {
  const { app } = await openTestShop()
  const id = '3ef49b1c-877f-4931-a2e4-daf679db4f11'
  const documented = { id: 'a76afb96-191a-4bcb-a438-a366f886168d', password: 'password1' }
  const refused = await app.request(`/product/${id}`, purchase(documented, { quantity: 1000 }))
  expect(refused.status).toBe(400)
  expect(await refused.json()).toEqual({ detail: `Insufficient quantity for product ${id}` })
})

test('a purchase beyond the balance is refused, and changes neither stock nor balance', async () => {
  const { app, file } = await openTestShop()
  const response = await app.request(`/product/${notebook.id}`, purchase(poor, { quantity: 1 }))
  expect(response.status).toBe(400)
  expect(await response.json()).toEqual({ detail: `Insufficient balance for user ${poor.id}` })
  expect(await (await app.request(`/products/${notebook.id}`)).json()).toEqual(notebook)
  expect(await balance(file, poor.id)).toBe(poor.balance)
})

test('concurrent purchases cannot spend the same money twice', async () => {
  const { app, file } = await openTestShop()
  const responses = await Promise.all(
    Array.from({ length: 20 }, () =>
      app.request(`/product/${pencil.id}`, purchase(poor, { quantity: 1 })),
    ),
  )
  const affordable = Math.floor(poor.balance / pencil.price)
  expect(responses.filter(({ status }) => status === 200)).toHaveLength(affordable)
  expect(responses.filter(({ status }) => status === 400)).toHaveLength(20 - affordable)
  expect(await balance(file, poor.id)).toBe(poor.balance - affordable * pencil.price)
  // The units of refused purchases are back in stock.
  expect(await (await app.request(`/products/${pencil.id}`)).json()).toEqual({
    ...pencil,
    quantity: pencil.quantity - affordable,
  })
})

const wrongCredentials = [
  ['a wrong password', { id: user.id, password: 'password2' }],
  ['an unknown user', { id: '00000000-0000-4000-8000-000000000000', password: 'password1' }],
  ['a malformed user id', { id: 'user-1', password: 'password1' }],
  ["another user's password", { id: user.id, password: poor.password }],
] as const

test('wrong credentials get 401', async () => {
  const { app } = await openTestShop()
  for (const [what, credentials] of wrongCredentials) {
    const response = await app.request(
      `/product/${notebook.id}`,
      purchase(credentials, { quantity: 1 }),
    )
    expect(response.status, what).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="shop"')
    expect(await response.json()).toEqual({ detail: 'Invalid credentials' })
  }
})

test('a request without credentials gets 401 before any other check', async () => {
  const { app } = await openTestShop()
  const response = await app.request('/product/none', { method: 'POST', body: 'not JSON' })
  expect(response.status).toBe(401)
})

const malformed = [
  ['', 'the body is not JSON'],
  ['two', 'the body is not JSON'],
  ['null', 'the body must be a JSON object with a quantity'],
  ['[1]', 'the body must be a JSON object with a quantity'],
  ['{}', 'the body must be a JSON object with a quantity'],
  ['{"quantity":"2"}', 'quantity must be a whole number'],
  ['{"quantity":1.5}', 'quantity must be a whole number'],
  ['{"quantity":null}', 'quantity must be a whole number'],
  ['{"quantity":1e999}', 'quantity must be a whole number'],
  ['{"quantity":0}', 'quantity must be from 1 to 1000000'],
  ['{"quantity":-1}', 'quantity must be from 1 to 1000000'],
  ['{"quantity":1000001}', 'quantity must be from 1 to 1000000'],
  [`{"quantity":1,"note":"${'x'.repeat(4096)}"}`, 'the body must not be larger than 4096 bytes'],
]

test('a malformed order gets 422 and changes nothing', async () => {
  const { app } = await openTestShop()
  for (const [body, detail] of malformed) {
    const response = await app.request(`/product/${notebook.id}`, purchase(user, body))
    expect([response.status, await response.json()], body).toEqual([422, { detail }])
  }
  expect(await (await app.request(`/products/${notebook.id}`)).json()).toEqual(notebook)
})

test('the largest order is well formed, and one more is not', async () => {
  const { app } = await openTestShop()
  const order = (quantity: number) =>
    app.request(`/product/${notebook.id}`, purchase(user, { quantity }))
  expect((await order(1_000_000)).status).toBe(400)
  expect((await order(1_000_001)).status).toBe(422)
})

test('an unknown product and an unknown path get 404', async () => {
  const { app } = await openTestShop()
  const bought = await app.request('/product/none', purchase(user, { quantity: 1 }))
  expect(bought.status).toBe(404)
  expect(await bought.json()).toEqual({ detail: 'Product none not found' })
  const seen = await app.request('/products/none')
  expect(seen.status).toBe(404)
  expect(await seen.json()).toEqual({ detail: 'Product none not found' })
  expect((await app.request('/nowhere')).status).toBe(404)
})

test('the shop lists its products and reports that it is healthy', async () => {
  const { app } = await openTestShop()
  expect(await (await app.request('/products')).json()).toEqual(byName)
  const health = await app.request('/healthz')
  expect(health.status).toBe(200)
  expect(await health.json()).toEqual({ status: 'ok' })
})

test('seeding again keeps the purchases', async () => {
  const { app, file } = await openTestShop()
  await app.request(`/product/${notebook.id}`, purchase(user, { quantity: 3 }))
  const { seed } = await import('./database/seed.ts')
  await seed(file)
  expect(await balance(file, user.id)).toBe(user.balance - 3 * notebook.price)
})
