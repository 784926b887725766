/**
 * A random system of services in virtual time, with a fault of a kind that real ones have.
 *
 * One file: requests share the pods, pools and queues that the faults change.
 */
import { mulberry32 } from '../../server/traffic/errands.ts'
import { createClock, createResource, type Resource } from '../../test/virtual-shop/clock.ts'
import {
  CLIENT,
  CONSUMER,
  createRecorder,
  Failure,
  INTERNAL,
  PRODUCER,
  type Process,
  SERVER,
  type Under,
  type VirtualSpan,
} from '../../test/virtual-shop/spans.ts'

export const SYSTEM_FAULTS = [
  'crowded pod',
  'slow edge',
  'lost packets',
  'refused',
  'exception',
  'status alone',
  'early return',
  'full disk',
  'killed pod',
  'garbage',
  'new version',
  'names not found',
  'slow lookup',
  'backlog',
  'fewer workers',
  'time-outs',
  'stampede',
  'restart',
  'small pool',
  'slow statement',
  'loop',
  'blocked loop',
] as const
export type SystemFault = (typeof SYSTEM_FAULTS)[number]

export interface SystemRun {
  seed: number
  fault?: SystemFault
  /** Seconds before and after the fault begins. */
  seconds: [before: number, after: number]
  /** Requests per second. */
  rates: [before: number, after: number]
}

export interface SystemSpans {
  spans: VirtualSpan[]
  /** Services that are right to name: both ends of a connection. */
  right: string[]
}

interface Op {
  service: number
  name: string
  own: number
  /** Names of statements, and calls of other operations. */
  steps: (string | Op)[]
  isParallel: boolean
}

const SERVICES = 9
const PODS = 3
const THREADS = 4
const CONNECTIONS = 8
const NOUNS = 'order price stock user cart route mail seat voucher'.split(' ')
const VERBS = 'get list create check'.split(' ')
const TIMEOUT_MS = 400
/** Milliseconds for which a leaky pool keeps each connection. */
const KEPT_MS = 60
const WORKERS = 2

/** All spans of a run. The fault begins at the end of the first window. */
export async function runSystem({ seed, fault, seconds, rates }: SystemRun): Promise<SystemSpans> {
  const random = mulberry32(seed * 7919 + 31)
  const below = (n: number) => Math.floor(random() * n)
  const pick = <T>(all: readonly T[]): T => all[below(all.length)]!
  const clock = createClock()
  const { spans, inSpan } = createRecorder(clock, random)
  const begin = seconds[0] * 1000
  const end = begin + seconds[1] * 1000
  const isAfter = () => clock.now() >= begin

  // Operations call those of services with a higher number.
  const services = Array.from({ length: SERVICES }, (_, i) => `${NOUNS[i]}-service`)
  const hasClientSpans = random() < 0.6
  const ops: Op[] = []
  for (let service = SERVICES - 1; service >= 0; service--) {
    for (let i = 0; i < 1 + below(3); i++) {
      const callable = ops.filter((op) => op.service > service)
      const calls = Array.from({ length: Math.min(callable.length, 1 + below(3)) }, () =>
        pick(callable),
      )
      const statements = Array.from(
        { length: service > 2 ? 1 + below(2) : below(2) },
        () => `${pick(['SELECT', 'INSERT', 'UPDATE'])} ${NOUNS[service]}s`,
      )
      const name = `${pick(VERBS)}_${NOUNS[service]}_${i}`
      const steps = [...statements, ...calls]
      ops.push({ service, name, own: 0.5 + 4 * random(), steps, isParallel: random() < 0.25 })
    }
  }
  const entries = [0, 1, 2].flatMap((service) => ops.filter((op) => op.service === service))
  const reachedFrom = (op: Op): Op[] => [
    op,
    ...op.steps.flatMap((step) => (typeof step === 'string' ? [] : reachedFrom(step))),
  ]
  const reached = ops.filter(
    (op) =>
      op.service > 2 &&
      entries.filter((one) => reachedFrom(one).includes(op)).length >= entries.length / 6,
  )

  // What the fault is of.
  const fits = (op: Op) =>
    fault === 'early return' || fault === 'status alone'
      ? op.steps.some((step) => typeof step !== 'string')
      : ['full disk', 'slow statement', 'stampede', 'loop', 'small pool'].includes(fault ?? '')
        ? op.steps.some((step) => typeof step === 'string')
        : true
  const target = pick(reached.filter(fits).length > 0 ? reached.filter(fits) : reached)
  const statement = target.steps.find((step) => typeof step === 'string') as string | undefined
  const callers = ops.filter(
    (op) => op.steps.includes(target) && entries.some((one) => reachedFrom(one).includes(op)),
  )
  const caller = callers.length > 0 ? pick(callers) : target
  const is = (kind: SystemFault) => fault === kind && isAfter()
  const isTarget = (op: Op) => op === target
  const isTargetService = (op: Op) => op.service === target.service

  const normal = () => {
    let sum = -6
    for (let i = 0; i < 12; i++) sum += random()
    return sum
  }
  const days = [Math.exp(0.04 * normal()), Math.exp(0.04 * normal())]
  const about = (ms: number) =>
    ms * Math.exp(0.4 * normal()) * days[isAfter() ? 1 : 0]! +
    (random() < 0.003 ? 5 + 20 * random() : 0)

  const podsOf = (version: string, born: string): Process[][] =>
    services.map((service) =>
      Array.from({ length: PODS }, (_, i) => ({
        service,
        resource: {
          'service.version': version,
          'k8s.pod.name': `${service}-${born}-${i}`,
          'service.instance.id': `${service}-${born}-${i}`,
          'host.name': `node-${(i + services.indexOf(service)) % 4}`,
        },
      })),
    )
  const [old, fresh] = [podsOf('1.0', 'aa'), podsOf(fault === 'new version' ? '1.1' : '1.0', 'bb')]
  const threads = new Map<Process, Resource>()
  const pools = services.map(() => createResource(CONNECTIONS))
  const short = createResource(1)
  const workers = createResource(WORKERS)
  let stopped = 0
  let turn = 0
  const collected = { count: 0, ms: 0 }

  function podOf({ service }: Op): Process {
    const isNew = service === target.service && (is('new version') || is('restart'))
    return (isNew ? fresh : old)[service]![turn++ % PODS]!
  }
  const isBad = (pod: Process) => pod === old[target.service]![0]

  /** Time on a thread of a pod. */
  async function compute(pod: Process, ms: number): Promise<void> {
    const thread = threads.get(pod) ?? createResource(is('blocked loop') ? 1 : THREADS)
    threads.set(pod, thread)
    await thread.take()
    const crowded = is('crowded pod') && isBad(pod) ? 4 + 3 * random() : 1
    const cold =
      is('restart') && pod.service === services[target.service] && clock.now() < begin + 15_000
        ? 10
        : 1
    await clock.wait(about(ms) * crowded * cold)
    thread.giveBack()
  }

  async function query(here: Under, pod: Process, op: Op, name: string): Promise<void> {
    const isIt = isTarget(op) && name === statement
    // One statement is mostly answered by a cache.
    const isMiss = is('stampede') || random() < 0.04
    if (isIt && fault === 'stampede' && !isMiss) return
    const pool = is('small pool') && isTargetService(op) ? short : pools[op.service]!
    await pool.take()
    const slow = isIt && is('slow statement') ? 30 : isIt && is('stampede') ? 5 : 1
    const times = isIt && is('loop') ? 12 : 1
    for (let i = 0; i < times; i++)
      await inSpan(
        here,
        pod,
        name,
        async () => {
          await clock.wait(about(1.2) * slow)
          if (isIt && is('full disk') && random() < 0.5)
            throw new Failure('DatabaseError', 'could not extend file: No space left on device')
        },
        { kind: CLIENT, attributes: { 'db.system.name': 'postgresql' } },
      ).finally(() => {
        if (i < times - 1) return
        if (pool !== short) pool.giveBack()
        else void clock.wait(KEPT_MS).then(() => short.giveBack())
      })
  }

  /** A message, which a worker takes from a queue later. */
  async function publish(here: Under, pod: Process): Promise<void> {
    await inSpan(
      here,
      pod,
      'publish vouchers',
      async (own) => {
        await clock.wait(about(0.5))
        void workers.take().then(async () => {
          const process = old[SERVICES - 1]![turn++ % PODS]!
          await clock.wait(about(2))
          const ms = is('backlog') ? 900 : 200
          await inSpan(own, process, 'process vouchers', () => clock.wait(about(ms)), {
            kind: CONSUMER,
          })
          // One of two stops.
          if (!is('fewer workers') || stopped++ > 0) workers.giveBack()
        })
      },
      { kind: PRODUCER },
    )
  }

  /** A call over the network, with the client's span where it has one. */
  async function call(here: Under, pod: Process, from: Op, op: Op): Promise<void> {
    const one = async (own: Under) => {
      if (is('slow lookup') && from.service === caller.service && random() < 0.3)
        await clock.wait(500)
      if (is('names not found') && from.service === caller.service && random() < 0.3)
        throw new Failure('Error', `getaddrinfo EAI_AGAIN ${services[op.service]}`)
      const callee = podOf(op)
      if (is('refused') && isTargetService(op) && random() < 0.4)
        throw new Failure('Error', `connect ECONNREFUSED ${services[op.service]}:8080`)
      if (is('killed pod') && isBad(callee)) {
        await clock.wait(300)
        throw new Failure('Error', 'socket hang up')
      }
      const slow = is('slow edge') && from === caller && isTarget(op) ? 40 : 0
      const lost =
        is('lost packets') && isTargetService(op) && random() < 0.15 ? 200 * 2 ** below(2) : 0
      await clock.wait(about(0.4) + slow + lost)
      await serve(own, callee, op)
      await clock.wait(about(0.4))
    }
    const tries = fault === 'time-outs' ? 2 : 1
    for (let i = 1; ; i++) {
      const limited = (own: Under) =>
        fault === 'time-outs'
          ? Promise.race([
              one(own),
              clock.wait(TIMEOUT_MS * (SERVICES - from.service)).then(() => {
                throw new Failure('TimeoutError', 'The operation was aborted due to timeout')
              }),
            ])
          : one(own)
      const failed = await (hasClientSpans
        ? inSpan(here, pod, 'POST', limited, { kind: CLIENT })
        : limited(here)
      )
        .then(() => undefined)
        .catch((error) => error as Error)
      if (!failed) return
      if (!(failed instanceof Failure) || i >= tries || failed.type !== 'TimeoutError') throw failed
    }
  }

  async function serve(here: Under | undefined, pod: Process, op: Op): Promise<void> {
    await inSpan(
      here,
      pod,
      op.name,
      async (own) => {
        await compute(pod, op.own / 2)
        if (isTarget(op)) {
          if (is('exception') && random() < 0.3)
            throw new Failure('TypeError', "Cannot read properties of undefined (reading 'id')")
          if (is('status alone') && random() < 0.3) {
            const failure = new Failure('', '')
            failure.isRecorded = true
            throw failure
          }
          if (is('early return') && random() < 0.6) return
          if (is('time-outs') && random() < 0.3) await clock.wait(6000)
          if (is('new version')) await compute(pod, 20)
        }
        // A few requests are refused every day.
        if (op.service % 4 === 1 && random() < 0.01)
          throw new Failure('Refused', `not for customer ${below(1000)}`, 400)
        const step = (one: string | Op) =>
          typeof one === 'string' ? query(own, pod, op, one) : call(own, pod, op, one)
        if (op.isParallel) await Promise.all(op.steps.map(step))
        else for (const one of op.steps) await step(one)
        if (!here && random() < 0.5) await publish(own, pod)
        await compute(pod, op.own / 2)
        if (op.service === target.service && fault === 'garbage') {
          own.span.attributes['v8js.gc.major.count'] = collected.count
          own.span.attributes['v8js.gc.major.duration'] = collected.ms / 1000
        }
      },
      { kind: here ? SERVER : INTERNAL },
    )
  }

  async function sendAll(): Promise<void> {
    while (clock.now() < end) {
      const op = pick(entries)
      serve(undefined, podOf(op), op).catch((error) => {
        if (!(error instanceof Failure)) throw error
      })
      await clock.wait((-1000 * Math.log(1 - random())) / rates[isAfter() ? 1 : 0]!)
    }
  }

  /** All threads of the target's pods stop now and then. */
  async function stop(every: number, ms: () => number): Promise<void> {
    while (clock.now() < end) {
      await clock.wait(every)
      if (!isAfter()) continue
      const pause = ms()
      for (const pod of old[target.service]!) {
        const thread = threads.get(pod)
        if (!thread) continue
        for (let i = 0; i < THREADS; i++)
          void thread.take().then(async () => {
            await clock.wait(pause)
            thread.giveBack()
          })
      }
      collected.count++
      collected.ms += pause
    }
  }

  void sendAll()
  if (fault === 'garbage') void stop(700, () => 20 + (200 * (clock.now() - begin)) / (end - begin))
  if (fault === 'blocked loop') void stop(1000, () => 250)
  await clock.run()
  if (fault === 'backlog' || fault === 'fewer workers')
    return { spans, right: [services[SERVICES - 1]!] }
  const edge = fault === 'slow edge' || fault === 'slow lookup' || fault === 'names not found'
  const own = fault === 'slow lookup' || fault === 'names not found' ? caller : target
  return {
    spans,
    right: [services[own.service]!, ...(edge && own === target ? [services[caller.service]!] : [])],
  }
}
