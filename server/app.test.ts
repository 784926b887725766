import Libsql from 'libsql/promise'
import { expect, test, vi } from 'vitest'
import { PRODUCTS, USERS } from './seed-data.ts'
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

test('a purchase takes the units from the stock and their price from the purse', async () => {
  const { app, file } = await openTestShop()
  const response = await app.request(`/product/${notebook.id}`, purchase(user, { quantity: 3 }))
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ message: 'success' })
  const product = await (await app.request(`/products/${notebook.id}`)).json()
  expect(product).toEqual({ ...notebook, quantity: notebook.quantity - 3 })
  expect(await balance(file, user.id)).toBe(user.balance - 3 * notebook.price)
})

test('the pair of the documentation is there, and an order of 1000 is more than there is', async () => {
  const { app } = await openTestShop()
  const id = '3ef49b1c-877f-4931-a2e4-daf679db4f11'
  const documented = { id: 'a76afb96-191a-4bcb-a438-a366f886168d', password: 'password1' }
  const refused = await app.request(`/product/${id}`, purchase(documented, { quantity: 1000 }))
  expect(refused.status).toBe(400)
  expect(await refused.json()).toEqual({ detail: `Insufficient quantity for product ${id}` })
})

test('a purse that is too small refuses, and leaves stock and purse as they were', async () => {
  const { app, file } = await openTestShop()
  const response = await app.request(`/product/${notebook.id}`, purchase(poor, { quantity: 1 }))
  expect(response.status).toBe(400)
  expect(await response.json()).toEqual({ detail: `Insufficient balance for user ${poor.id}` })
  expect(await (await app.request(`/products/${notebook.id}`)).json()).toEqual(notebook)
  expect(await balance(file, poor.id)).toBe(poor.balance)
})

test('purchases at the same time cannot spend the same money twice', async () => {
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
  // What an empty purse refused was put back on the shelf.
  expect(await (await app.request(`/products/${pencil.id}`)).json()).toEqual({
    ...pencil,
    quantity: pencil.quantity - affordable,
  })
})

test.each([
  ['a wrong password', { id: user.id, password: 'password2' }],
  ['an unknown user', { id: '00000000-0000-4000-8000-000000000000', password: 'password1' }],
  ['a user id that is none', { id: 'user-1', password: 'password1' }],
  ["another user's password", { id: user.id, password: poor.password }],
])('401 for %s', async (_, credentials) => {
  const { app } = await openTestShop()
  const response = await app.request(
    `/product/${notebook.id}`,
    purchase(credentials, { quantity: 1 }),
  )
  expect(response.status).toBe(401)
  expect(response.headers.get('www-authenticate')).toBe('Basic realm="shop"')
  expect(await response.json()).toEqual({ detail: 'Invalid credentials' })
})

test('401 without credentials, before anything else is looked at', async () => {
  const { app } = await openTestShop()
  const response = await app.request('/product/none', { method: 'POST', body: 'not JSON' })
  expect(response.status).toBe(401)
})

test.each([
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
])('422 for the body %s', async (body, detail) => {
  const { app } = await openTestShop()
  const response = await app.request(`/product/${notebook.id}`, purchase(user, body))
  expect(await response.json()).toEqual({ detail })
  expect(response.status).toBe(422)
  expect(await (await app.request(`/products/${notebook.id}`)).json()).toEqual(notebook)
})

test('404 for an unknown product, to look at and to buy, and for an unknown path', async () => {
  const { app } = await openTestShop()
  const bought = await app.request('/product/none', purchase(user, { quantity: 1 }))
  expect(bought.status).toBe(404)
  expect(await bought.json()).toEqual({ detail: 'Product none not found' })
  const seen = await app.request('/products/none')
  expect(seen.status).toBe(404)
  expect(await seen.json()).toEqual({ detail: 'Product none not found' })
  expect((await app.request('/nowhere')).status).toBe(404)
})

test('lists the products, and says that it is well', async () => {
  const { app } = await openTestShop()
  expect(await (await app.request('/products')).json()).toEqual(byName)
  const health = await app.request('/healthz')
  expect(health.status).toBe(200)
  expect(await health.json()).toEqual({ status: 'ok' })
})

test('seeding again leaves what was bought bought', async () => {
  const { app, file } = await openTestShop()
  await app.request(`/product/${notebook.id}`, purchase(user, { quantity: 3 }))
  const { seed } = await import('./seed.ts')
  await seed(file)
  expect(await balance(file, user.id)).toBe(user.balance - 3 * notebook.price)
})
