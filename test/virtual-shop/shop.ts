/**
 * The shop of server/ in virtual time: operations, pools, locks, faults and seeded noise.
 *
 * One file: requests share the pools and locks that the faults change.
 */
import { PRODUCTS, USERS } from '../../server/database/seed-data.ts'
import {
  BUSY,
  FAILING_USER,
  type FaultName,
  PACKED,
  REPORT,
  SLOW_BANK_MS,
  SLOW_COUNTRY,
  SLOW_HOST,
  SLOW_PRODUCT,
  VERSIONS,
} from '../../server/faults.ts'
import { cardOf } from '../../server/payment/cards.ts'
import { createErrands, type Errand, mulberry32 } from '../../server/traffic/errands.ts'
import { createClock, createResource, type Resource } from './clock.ts'
import {
  CLIENT,
  createRecorder,
  Failure,
  type Process,
  SERVER,
  type Under,
  type VirtualSpan,
} from './spans.ts'

export interface Run {
  seed: number
  /** Seconds, before and after the faults begin. */
  seconds: [before: number, after: number]
  /** Requests per second, before and after. */
  rates?: [before: number, after: number]
  faults?: readonly FaultName[]
  /** Changes the run beyond the faults. */
  more?: {
    /** Milliseconds that the clocks of the payment hosts are ahead. */
    clockAhead?: number
    /** Times in the first seconds after the beginning are so many times the usual: a cold start. */
    cold?: number
    /** Times after the beginning are so many times the usual, and one in ten has a pause: a busy machine. */
    busy?: number
    /** Attributes of the span `service_buy_product`, where a request has some of its own. */
    attributes?: (errand: Errand, chance: number, isAfter: boolean) => Record<string, string>
    /** Extra milliseconds in `service_buy_product`. */
    extra?: (attributes: Record<string, string>, isAfter: boolean) => number
  }
}

const READERS = 4
/** Seconds that a cold start takes. */
const COLD_S = 5

/** All spans of a run, from virtual 0. The faults begin at the end of the first window. */
export async function runShop({
  seed,
  seconds,
  rates = [10, 10],
  faults = [],
  more = {},
}: Run): Promise<VirtualSpan[]> {
  const random = mulberry32(seed * 7919 + 17)
  const clock = createClock()
  const { spans, inSpan } = createRecorder(clock, random)
  const begin = seconds[0] * 1000
  const end = begin + seconds[1] * 1000
  const isAfter = () => clock.now() >= begin
  const isActive = (name: FaultName) => faults.includes(name) && isAfter()

  // Log-normal, with a pause of the machine now and then; and no two windows are quite alike.
  const normal = () => {
    let sum = -6
    for (let i = 0; i < 12; i++) sum += random()
    return sum
  }
  const days = [Math.exp(0.04 * normal()), Math.exp(0.04 * normal())]
  const about = (ms: number) => {
    const cold = isAfter() && more.cold && clock.now() < begin + COLD_S * 1000 ? more.cold : 1
    const busy = isAfter() && more.busy ? more.busy : 1
    const pause = random() < (busy > 1 ? 0.1 : 0.002) ? 5 + 20 * random() : 0
    return ms * Math.exp(0.4 * normal()) * days[isAfter() ? 1 : 0]! * cold * busy + pause
  }

  const resource = (service: string, version: string, host: string) => ({
    'service.version': version,
    'host.name': host,
    'service.instance.id': `${service}-${host}-${version}`,
  })
  const traffic: Process = { service: 'shop-traffic', resource: resource('traffic', '0.1.0', 'pc') }
  const shop: Process = { service: 'shop', resource: resource('shop', '0.1.0', 'shop-1') }
  const hostsOf = (version: (name: string) => string): Process[] =>
    ['payment-1', 'payment-2', 'payment-3'].map((name) => ({
      service: 'payment',
      resource: resource('payment', version(name), name),
      ...(more.clockAhead !== undefined && { clockAhead: more.clockAhead }),
    }))
  const oldHosts = hostsOf(() => VERSIONS[0])
  const newHosts = hostsOf((name) => (name === 'payment-1' ? VERSIONS[0] : VERSIONS[1]))
  newHosts[0] = oldHosts[0]!

  // One thread for each process, and what the database has.
  const threads = new Map<Process, Resource>()
  const readers = createResource(READERS)
  const writer = createResource(1)
  const lock = createResource(1)
  const kept = new Set<string>()
  let [commits, turn, busy, leaked] = [0, 0, 0, 0]
  let [collections, collecting] = [0, 0]

  /** Time on the thread of a process. */
  async function compute(process: Process, ms: number): Promise<void> {
    const thread = threads.get(process) ?? createResource(1)
    threads.set(process, thread)
    await thread.take()
    await clock.wait(about(ms))
    thread.giveBack()
  }

  const statement = (here: Under, process: Process, name: string, ms: number) =>
    inSpan(here, process, name, () => clock.wait(about(ms)), {
      kind: CLIENT,
      attributes: { 'db.system.name': 'sqlite', 'db.query.text': `${name} …` },
    })

  async function borrow<T>(here: Under, pool: Resource, work: () => Promise<T>): Promise<T> {
    await inSpan(
      here,
      shop,
      'connect',
      async () => {
        await pool.take()
        await clock.wait(about(0.03))
      },
      { kind: CLIENT },
    )
    return work().finally(() => pool.giveBack())
  }

  const getUser = (here: Under, id: string) =>
    inSpan(
      here,
      shop,
      'repository_get_user',
      (own) => borrow(own, readers, () => statement(own, shop, 'SELECT users', 0.4)),
      { attributes: { 'user.id': id } },
    )

  const getProduct = (here: Under, id: string) =>
    inSpan(
      here,
      shop,
      'repository_get_product',
      (own) =>
        borrow(own, readers, async () => {
          if (isActive('slow-product') && id === SLOW_PRODUCT.id) await clock.wait(about(120))
          await statement(own, shop, 'SELECT products', 0.4)
        }),
      { attributes: { 'product.id': id } },
    )

  async function transaction(here: Under, quantity: number): Promise<void> {
    await inSpan(here, shop, 'repository_transaction', (own) =>
      borrow(own, writer, async () => {
        await inSpan(
          own,
          shop,
          'BEGIN',
          async () => {
            await lock.take()
            await clock.wait(about(0.1))
          },
          { kind: CLIENT },
        )
        await inSpan(own, shop, 'repository_update_product_quantity', (one) =>
          statement(one, shop, 'UPDATE products', 0.3),
        )
        await inSpan(own, shop, 'repository_update_user_balance', (one) =>
          statement(one, shop, 'UPDATE users', 0.3),
        )
        if (isActive('held-lock') && quantity >= PACKED.from) await clock.wait(PACKED.milliseconds)
        const slow = isActive('slow-disk') && ++commits % 20 === 0 ? 150 : 0
        await statement(own, shop, 'COMMIT', 0.5 + slow)
        lock.giveBack()
      }),
    )
  }

  function askBank(here: Under, host: Process, name: string, country: string, ms: number) {
    const attributes = { country, 'peer.service': 'bank' }
    const slow =
      (isActive('slow-bank') ? SLOW_BANK_MS : 0) +
      (isActive('slow-country') && country === SLOW_COUNTRY.code ? SLOW_COUNTRY.milliseconds : 0)
    return inSpan(here, host, name, () => clock.wait(about(ms) + slow), {
      kind: CLIENT,
      attributes,
    })
  }

  async function charge(here: Under, host: Process, userId: string): Promise<void> {
    const card = cardOf(userId)
    const { 'host.name': name, 'service.version': version } = host.resource
    await compute(host, 0.3)
    await inSpan(
      here,
      host,
      'charge',
      async (own) => {
        if (isActive('busy-payments') && busy++ % BUSY.of < BUSY.first)
          throw new Failure('Busy', 'Too many requests in progress', 503)
        await statement(own, host, 'SELECT charges', isActive('missing-index') ? 12 : 0.3)
        if (version === VERSIONS[1] && !card.limits)
          throw new Failure('TypeError', "Cannot read properties of undefined (reading 'daily')")
        await inSpan(
          own,
          host,
          'get_rate',
          async (one) => {
            const key = `${name} ${card.country}`
            const isHit = kept.has(key) && !isActive('broken-cache')
            one.span.attributes['cache.hit'] = isHit
            if (!isHit) await askBank(one, host, 'GET /rates', card.country, 15)
            kept.add(key)
          },
          { attributes: { country: card.country } },
        )
        await askBank(own, host, 'POST /authorize', card.country, 8)
        await inSpan(own, host, 'record_charge', async (one) => {
          if (isActive('slow-host') && name === SLOW_HOST.name)
            await clock.wait(about(SLOW_HOST.milliseconds))
          await statement(one, host, 'INSERT charges', 0.6)
        })
      },
      { attributes: { 'user.id': userId, country: card.country } },
    )
  }

  const pay = (here: Under, userId: string) =>
    inSpan(here, shop, 'service_pay', async (own) => {
      for (let tries = 0; ; tries++) {
        const hosts = isActive('bad-version') ? newHosts : oldHosts
        const host = hosts[turn++ % hosts.length]!
        const attributes: VirtualSpan['attributes'] =
          tries > 0 ? { 'http.request.resend_count': tries } : {}
        const call = async (client: Under) => {
          await clock.wait(about(0.3))
          await inSpan(client, host, 'POST /charge', (server) => charge(server, host, userId), {
            kind: SERVER,
          })
          await clock.wait(about(0.3))
        }
        const failed = await inSpan(own, shop, 'POST /charge', call, { kind: CLIENT, attributes })
          .then(() => undefined)
          .catch((error) => error as Failure)
        if (!failed) return
        if (failed.status !== 503 || tries === 4)
          throw new Failure('PaymentFailed', `The payment service answered ${failed.status}`)
        await clock.wait(10 * 2 ** tries)
      }
    })

  async function buy(here: Under, errand: Errand): Promise<void> {
    const { productId = '', quantity = 1, user } = errand
    const own = more.attributes?.(errand, random(), isAfter()) ?? {}
    const attributes = {
      'user.id': user!.id,
      'product.id': productId,
      'product.quantity': quantity,
    }
    await inSpan(
      here,
      shop,
      'service_buy_product',
      async (one) => {
        await clock.wait(more.extra?.(own, isAfter()) ?? 0)
        await getProduct(one, productId)
        const product = PRODUCTS.find(({ id }) => id === productId)
        if (!product) throw new Failure('UnknownProduct', `Product ${productId} not found`, 404)
        // The telescopes are sold out.
        if (quantity > product.quantity || product === PRODUCTS.at(-1))
          throw new Failure(
            'InsufficientQuantity',
            `Insufficient quantity for product ${productId}`,
            400,
          )
        await getUser(one, user!.id)
        const { balance } = USERS.find(({ id }) => id === user!.id)!
        if (balance < product.price * quantity)
          throw new Failure('InsufficientBalance', `Insufficient balance for user ${user!.id}`, 400)
        if (isActive('failing-user') && user!.id === FAILING_USER.id)
          throw new Failure('Error', 'Ledger entry is corrupt')
        if (isActive('memory-leak')) {
          leaked = Math.min(120, leaked + 1)
          await compute(shop, 8)
        }
        await pay(one, user!.id)
        await transaction(one, quantity)
      },
      { attributes: { ...attributes, ...own } },
    )
  }

  const handle = (here: Under, errand: Errand) =>
    inSpan(here, shop, 'runtime_stats', async (one) => {
      await compute(shop, 0.5)
      if (errand.route === '/products') {
        await inSpan(one, shop, 'service_list_products', (own) =>
          inSpan(own, shop, 'repository_list_products', (two) =>
            borrow(two, readers, async () => {
              await statement(two, shop, 'SELECT products', 0.6)
              if (!isActive('repeated-statement')) return
              for (const _ of PRODUCTS) await statement(two, shop, 'SELECT products', 0.4)
            }),
          ),
        )
      } else if (errand.route === '/products/{id}') {
        const id = errand.path.split('/').at(-1)!
        await inSpan(one, shop, 'service_get_product', (own) => getProduct(own, id), {
          attributes: { 'product.id': id },
        })
      } else {
        await inSpan(one, shop, 'authentication', async (own) => {
          await inSpan(own, shop, 'service_verify_user_password', async (two) => {
            await getUser(two, errand.user!.id)
            await compute(shop, 4)
          })
          if (!errand.user!.password.startsWith('password'))
            throw new Failure('InvalidCredentials', 'Invalid credentials', 401)
        })
        if (errand.malformedBody !== undefined)
          throw new Failure('InvalidOrder', 'quantity must be a whole number', 422)
        await buy(one, errand)
      }
      one.span.attributes['v8js.gc.major.count'] = collections
      one.span.attributes['v8js.gc.major.duration'] = collecting / 1000
    })

  async function request(errand: Errand): Promise<void> {
    const name = `${errand.method} ${errand.route}`
    const call = async (client: Under) => {
      await clock.wait(about(0.4))
      await inSpan(client, shop, name, (server) => handle(server, errand), { kind: SERVER })
      await clock.wait(about(0.4))
    }
    const attributes = { 'url.path': errand.path }
    await inSpan(undefined, traffic, errand.method, call, { kind: CLIENT, attributes }).catch(
      (error) => {
        if (!(error instanceof Failure)) throw error
      },
    )
  }

  async function sendAll(): Promise<void> {
    const next = createErrands(seed)
    while (clock.now() < end) {
      request(next())
      await clock.wait(1000 / rates[isAfter() ? 1 : 0]!)
    }
  }

  /** Every so many milliseconds, until the end. */
  async function repeat(every: number, work: () => Promise<void>): Promise<void> {
    while (clock.now() < end) {
      await clock.wait(every)
      await work()
    }
  }

  async function holdReaders(): Promise<void> {
    if (!isActive('exhausted-pool')) return
    const all = Array.from({ length: READERS }, () => readers.take())
    await Promise.all(all)
    await clock.wait(REPORT.held)
    for (const _ of all) readers.giveBack()
  }

  async function holdLock(): Promise<void> {
    if (!isActive('lock-contention')) return
    await lock.take()
    await clock.wait(250)
    lock.giveBack()
  }

  /** A major collection stops the thread for a time that grows with the heap. */
  async function collect(): Promise<void> {
    const pause = 2 + 0.6 * leaked
    const thread = threads.get(shop)
    await thread?.take()
    await clock.wait(pause)
    thread?.giveBack()
    collections++
    collecting += pause
  }

  void sendAll()
  void repeat(REPORT.every, holdReaders)
  void repeat(2000, holdLock)
  void repeat(leakedPause(faults), collect)
  await clock.run()
  return spans
}

/** Milliseconds between major collections: more memory is made in a leak. */
const leakedPause = (faults: readonly FaultName[]) => (faults.includes('memory-leak') ? 500 : 3000)
