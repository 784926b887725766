/** A gate on the example shop: each planted fault fails its check, and a healthy shop none. */
import { expect, it } from 'vitest'
import { PRODUCTS, USERS } from '../server/database/seed-data.ts'
import { FAULTS, type FaultName } from '../server/faults.ts'
import { purchase, startShop } from '../server/testing.ts'
import { gateStore } from './gate-store.ts'

/** Each run with a fault passes all other checks too. */
const RUNS = process.env.OTRACE_LONG ? 50 : 1
/** Every 20th commit is slow, three fail a check, and a user in twelve commits nothing. */
const PURCHASES = 72
const slowProduct = PRODUCTS.find(({ name }) => FAULTS[4].sentence.includes(name))!
const otherProduct = PRODUCTS.find((product) => product !== slowProduct)!

/** The check of each fault. A busy machine may leave the one with a percentile uncertified. */
const CHECKS = {
  'slow-disk': '{ operation: COMMIT, min_duration: 140ms, expect: count < 3 }',
  'lock-contention': '{ operation: BEGIN, event: waiting for the write lock, expect: count == 0 }',
  'repeated-statement': 'no_n_plus_one: 10',
  'failing-user': '{ operation: service_buy_product, no_exceptions: [Error] }',
  'slow-product': `{ operation: repository_get_product, attr: product.id=${slowProduct.id}, expect: p(50) < 100ms }`,
} satisfies Partial<Record<FaultName, string>>
const names = Object.keys(CHECKS) as (keyof typeof CHECKS)[]
const store = gateStore()

const file = (run: string) => `window: { since: 30m }
spans: { resource: shop.run=${run} }
checks:
${names.map((name) => `  - ${CHECKS[name]}`).join('\n')}
  - { complete_traces: true, name: complete }
`

const passes = ({ verdict, test }: Record<string, unknown>) =>
  verdict === 'pass' || (verdict === 'pass (not certified)' && test === 'budget')

/** Starts a fresh shop, buys one product after another, and checks its spans. */
async function checkShop(run: string, fault = '') {
  const resource = { OTEL_RESOURCE_ATTRIBUTES: `shop.run=${run}` }
  const shop = await startShop({ ...store.otel(), ...resource, SHOP_FAULTS: fault })
  const url = `http://127.0.0.1:${shop.port}`
  const started = performance.now()
  // The lock is held for 250 ms every 2 s.
  const least = fault.includes('lock-contention') ? 2500 : 0
  for (let i = 0; i < PURCHASES || performance.now() - started < least; i++) {
    const { id } = i % 3 === 0 ? slowProduct : otherProduct
    const user = USERS[i % 12]!
    const response = await fetch(`${url}/product/${id}`, purchase(user, { quantity: 1 }))
    await response.text()
  }
  await (await fetch(`${url}/products`)).text()
  expect((await shop.stop()).code).toBe(0)
  await store.stored()
  return store.check(file(run))
}

/** All faults of one shop. OTRACE_LONG=1: also each alone, which fails no other check. */
const planted = process.env.OTRACE_LONG ? [names, ...names.map((name) => [name])] : [names]

it.each(planted.map((faults) => [faults.join(), faults] as const))(
  '%s: each fails its own check only',
  async (run, faults) => {
    const { rows, exit, stderr } = await checkShop(run.replaceAll(',', '-'), run)
    const failed = rows.filter(({ verdict }) => verdict === 'fail')
    expect(
      failed.map(({ line }) => names[Number(line) - 4]),
      stderr + JSON.stringify(rows, null, 1),
    ).toEqual(faults)
    for (const { command } of failed) expect(command).toMatch(/^otrace (spans|trace) /)
    expect(rows.filter(passes)).toHaveLength(names.length + 1 - faults.length)
    expect(exit).toBe(1)
  },
)

it('a healthy shop passes', async () => {
  for (let run = 0; run < RUNS; run++) {
    const { rows, exit, stderr } = await checkShop(`healthy-${run}`)
    expect(exit, stderr + JSON.stringify(rows, null, 1)).toBe(0)
    expect(rows.filter(passes)).toHaveLength(names.length + 1)
  }
}, 600_000)
