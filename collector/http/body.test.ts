/** Memory of bodies that are still arriving. */
import { PassThrough } from 'node:stream'
import { expect, test, vi } from 'vitest'
import { BodyBudget } from './body.ts'

/** The length of a body of at most 900 bytes. */
function read(budget: BodyBudget, stream: PassThrough, announced = 0): Promise<number> {
  return budget.read(
    stream,
    900,
    announced,
    (body, use) => use(body),
    async (body) => body.length,
  )
}

test('bodies of unknown length count while they arrive, and give back what they had', async () => {
  const budget = new BodyBudget(1000)
  const [first, second, third] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const whole = read(budget, first)
  first.write(Buffer.alloc(600))
  const refused = read(budget, second)
  second.write(Buffer.alloc(600))
  await expect(refused).rejects.toMatchObject({ status: 503 })
  // The rest is read and dropped.
  second.end(Buffer.alloc(10_000))
  first.end(Buffer.alloc(100))
  expect(await whole).toBe(700)
  const next = read(budget, third)
  third.end(Buffer.alloc(900))
  expect(await next).toBe(900)
})

test('a body that arrives slowly gives way to others', async () => {
  const budget = new BodyBudget(1000, 0)
  const [slow, other] = [new PassThrough(), new PassThrough()]
  const refused = read(budget, slow)
  slow.write(Buffer.alloc(800))
  const whole = read(budget, other)
  other.end(Buffer.alloc(800))
  await expect(refused).rejects.toMatchObject({
    status: 503,
    message: 'the body arrives too slowly',
  })
  expect(await whole).toBe(800)
  slow.end(Buffer.alloc(10_000))
})

test('a body that is announced as larger than what is left is refused before it arrives', async () => {
  const budget = new BodyBudget(1000)
  const [first, second] = [new PassThrough(), new PassThrough()]
  const whole = read(budget, first)
  first.write(Buffer.alloc(600))
  const refused = read(budget, second, 500)
  second.end(Buffer.alloc(100))
  await expect(refused).rejects.toMatchObject({ status: 503 })
  first.end()
  expect(await whole).toBe(600)
})

test('bodies that were small before they were decompressed count while they are used', async () => {
  const budget = new BodyBudget(1000)
  let end = () => {}
  const used = new Promise<void>((resolve) => {
    end = resolve
  })
  const readSmall = (use: (body: Buffer) => Promise<unknown>) => {
    const stream = new PassThrough()
    stream.end(Buffer.alloc(10))
    return budget.read(stream, 900, 0, (_, use) => use(Buffer.alloc(600)), use)
  }
  const first = readSmall(() => used)
  const use = vi.fn(async () => {})
  await expect(readSmall(use)).rejects.toMatchObject({ status: 503 })
  expect(use).not.toHaveBeenCalled()
  end()
  await first
  await readSmall(use)
  expect(use).toHaveBeenCalled()
})
