/** Garbage collection of each runtime from attributes, with counters that start anew. */
import type { Session } from 'chdb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { compose } from '../../cli/query/compose/compose.ts'
import type { Row } from '../../cli/result.ts'
import { temporaryFolder } from '../folder.ts'
import { ask, startEngine, store } from './engine.ts'
import { madeSpan } from './made.ts'
import { resultOf, sourceOf, text } from './source.ts'
import { type Attributes, FROM, type Span } from './spans.ts'

const SECOND = 1_000_000_000n
const folder = temporaryFolder()
let session: Session

/** One span each ten seconds, or every so many, with the next value of every counter. */
function counted(
  service: string,
  values: Record<string, number[]>,
  instance = 'one',
  seconds = 10n,
): Span[] {
  const length = Math.max(...Object.values(values).map((all) => all.length))
  return Array.from({ length }, (_, i) =>
    madeSpan({
      time: FROM + BigInt(i) * seconds * SECOND,
      service,
      resource: { 'host.name': 'h', 'service.instance.id': instance, 'process.pid': 7n },
      attributes: Object.fromEntries(
        Object.entries(values).map(([key, all]) => [key, all[i]!]),
      ) as Attributes,
    }),
  )
}

/** Requests of 25 s, and short ones beside them, with a counter that becomes four times as much each ten seconds. */
function interleaved(service: string, atEnd: boolean): Span[] {
  return Array.from({ length: 9 }, (_, i) => {
    const seconds = i % 2 === 0 ? 25n : 1n
    const tens = i + (atEnd && seconds > 10n ? 2 : 0)
    return madeSpan({
      time: FROM + BigInt(i) * 10n * SECOND,
      duration: seconds * SECOND,
      service,
      attributes: { 'v8js.gc.minor.duration': 4 ** tens / 1e6 },
    })
  })
}

const spans: Span[] = [
  ...counted('python', {
    'process.runtime.cpython.memory': [1e6, 3e6, 2e6, 2e6],
    'python.gc.0.collections': [10, 30, 4, 9],
    'python.gc.1.collections': [1, 3, 0, 1],
    'python.gc.2.collections': [0, 1, 0, 2],
    'python.gc.0.collected': [100, 300, 20, 50],
    'python.gc.2.uncollectable': [0, 2, 0, 1],
  }),
  ...counted('jvm', {
    'jvm.gc.G1 Young Generation.count': [5, 9, 2, 4],
    'jvm.gc.G1 Young Generation.time': [50, 90, 20, 40],
    'jvm.memory.used': [5e6, 9e6, 6e6, 7e6],
  }),
  ...counted('go', {
    'process.runtime.go.gc.count': [100, 150, 20, 30],
    'process.runtime.go.gc.pause_total_ns': [1000, 5000, 300, 700],
    'go.memory.used': [1e6, 2e6, 5e6, 4e6],
  }),
  ...counted('dotnet', {
    'process.runtime.dotnet.gc.collections.count': [3, 8, 1, 2],
    'process.runtime.dotnet.gc.duration': [1000, 4000, 500, 900],
    'process.runtime.dotnet.gc.heap.size': [4e6, 8e6, 2e6, 3e6],
  }),
  ...counted('python now', {
    'cpython.gc.collections': [5, 9, 1, 3],
    'cpython.gc.collected_objects': [50, 90, 10, 30],
    'cpython.gc.uncollectable_objects': [0, 1, 0, 1],
  }),
  ...counted('python, generation last', {
    'python.gc.collections.0': [5, 9, 1, 3],
    'python.gc.collections.2': [0, 2, 0, 1],
    'python.gc.collected.0': [50, 90, 10, 30],
  }),
  ...counted('jvm by JMX', {
    'jvm.gc.collections.count': [5, 9, 1, 3],
    'jvm.gc.collections.elapsed': [50, 90, 10, 30],
    'jvm.memory.heap.used': [5e6, 9e6, 1e6, 2e6],
  }),
  ...counted('jvm, histogram', {
    'jvm.gc.duration.G1 Young Generation': [0.5, 0.75, 0.25, 0.5],
    'jvm.gc.duration.count': [5, 9, 1, 3],
    'jvm.gc.duration.max': [1, 9, 1, 9],
  }),
  ...counted('go by MemStats', {
    'go.memstats.num_gc': [5, 9, 1, 3],
    'go.memstats.pause_total_ns': [500, 900, 100, 300],
    'go.memstats.heap_alloc': [5e6, 9e6, 1e6, 2e6],
  }),
  ...counted('go at first', {
    'runtime.go.gc.count': [5, 9, 1, 3],
    'runtime.go.gc.pause_total_ns': [500, 900, 100, 300],
    'runtime.go.mem.heap_alloc': [5e6, 9e6, 1e6, 2e6],
  }),
  ...counted('dotnet, generation last', {
    'dotnet.gc.collections.gen0': [5, 9, 1, 3],
    'dotnet.gc.collections.gen2': [1, 2, 0, 1],
    'dotnet.gc.pause.time': [0.5, 0.75, 0.25, 0.5],
  }),
  ...counted('both names', {
    'process.runtime.dotnet.gc.collections.count': [5, 9, 1, 3],
    'dotnet.gc.collections': [5, 9, 1, 3],
    'process.runtime.dotnet.gc.duration': [5e8, 75e7, 25e7, 5e8],
    'dotnet.gc.pause.time': [0.5, 0.75, 0.25, 0.5],
    'process.runtime.dotnet.gc.heap.size': [1e6, 2e6, 3e6, 4e6],
  }),
  // Two processes after another on one host, with the same pid.
  ...counted(
    'node',
    { 'v8js.gc.minor.count': [1000, 1100], 'v8js.gc.minor.duration': [5, 6] },
    'a',
  ),
  ...counted('node', { 'v8js.gc.minor.count': [3, 53], 'v8js.gc.minor.duration': [0, 0.5] }, 'b'),
  // The hours are 10 · 30, 29, 40 · 39, 45, 4, 9 · 8, 50, 60, 3.
  ...counted(
    'for hours',
    { 'v8js.gc.minor.count': [10, 30, 29, 40, 39, 45, 4, 9, 8, 50, 60, 3] },
    'one',
    1000n,
  ),
  ...interleaved('at its start', false),
  ...interleaved('at its end', true),
]

beforeAll(async () => {
  session = await startEngine(folder.path)
  store(session, 'otel-map', spans)
})

afterAll(() => {
  session.close()
  folder.remove()
})

const of = async (service: string): Promise<Row[]> =>
  (await resultOf(session, 'otel-map', 'gc')).filter((row) => row.service === service)

/** Growth over each rise, and from 0 after a fall to less than half. */
const growth = (values: number[]) =>
  values.slice(1).reduce((sum, value, i) => {
    const before = values[i]!
    return sum + (value >= before ? value - before : value < before / 2 ? value : 0)
  }, 0)

it.each([
  [
    'python',
    {
      runtime: 'python',
      // Python says no time, and no delay.
      gc_time: null,
      gc_share: null,
      loop_delay_max: null,
      minor: growth([10, 30, 4, 9]) + growth([1, 3, 0, 1]),
      major: growth([0, 1, 0, 2]),
      collected: growth([100, 300, 20, 50]),
      uncollectable: growth([0, 2, 0, 1]),
      heap_last: 2e6,
      heap_max: 3e6,
    },
  ],
  [
    'jvm',
    {
      runtime: 'jvm',
      minor: growth([5, 9, 2, 4]),
      gc_time: growth([50, 90, 20, 40]) * 1e6,
      heap_last: 7e6,
      heap_max: 9e6,
    },
  ],
  [
    'go',
    { runtime: 'go', other: growth([100, 150, 20, 30]), gc_time: growth([1000, 5000, 300, 700]) },
  ],
  [
    'dotnet',
    {
      runtime: 'dotnet',
      other: growth([3, 8, 1, 2]),
      gc_time: growth([1000, 4000, 500, 900]),
      heap_max: 8e6,
    },
  ],
  ['python now', { runtime: 'python', other: 7, collected: 70, uncollectable: 2, gc_time: null }],
  ['python, generation last', { runtime: 'python', minor: 7, major: 3, collected: 70 }],
  ['jvm by JMX', { runtime: 'jvm', other: 7, gc_time: 70e6, heap_max: 9e6 }],
  ['jvm, histogram', { runtime: 'jvm', other: 7, gc_time: 75e7 }],
  ['go by MemStats', { runtime: 'go', other: 7, gc_time: 700, heap_last: 2e6 }],
  ['go at first', { runtime: 'go', other: 7, gc_time: 700, heap_last: 2e6 }],
  ['dotnet, generation last', { runtime: 'dotnet', minor: 7, major: 2, gc_time: 75e7 }],
  ['both names', { runtime: 'dotnet', other: 7, gc_time: 75e7, heap_last: 4e6 }],
])('%s', async (service, expected) => {
  const rows = (await of(service)).map((row) => ({
    ...row,
    minor: Number(row.minor),
  }))
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatchObject(expected)
})

it('a restart with the same host and pid is another process', async () => {
  const rows = await of('node')
  expect(rows.map(({ instance, minor, gc_time }) => [instance, minor, gc_time])).toEqual([
    ['a', 100, 1e9],
    ['b', 50, 5e8],
  ])
})

it('a counter grows over hours as within them, out of order or anew at their ends', async () => {
  const window = { from: FROM, to: FROM + 12_000n * SECOND, bucket: 60 }
  const rows = await resultOf(session, 'otel-map', 'gc', {}, { service: ['for hours'] }, window)
  expect(rows).toMatchObject([
    { spans: 12, minor: 20 + 10 + 5 + 4 + 5 + 41 + 10 + 3, heap_last: null },
  ])
})

it('a counter that spans say as of their start or their end grows by what it grew', async () => {
  const took = async (service: string) => (await of(service)).map(({ gc_time }) => gc_time)
  expect(await took('at its start')).toEqual([(4 ** 8 - 1) * 1000])
  expect(await took('at its end')).toEqual([(4 ** 10 - 4) * 1000])
})

it.each(['start', 'end'])(
  'why reads a counter as of the %s of spans in parts of the window',
  async (order) => {
    const window = { from: FROM, to: FROM + 100n * SECOND, bucket: 60 }
    const source = { ...sourceOf('otel-map'), window, weighted: false }
    const given = { services: [`at its ${order}`] }
    const rows = await ask(session, compose(text('internal/why/runtime.sql'), given, source))
    const own = rows.filter(({ order_of }) => order_of === order)
    const highest = own.map((row) => Number(row.highest))
    expect(highest).toHaveLength(9)
    expect(highest).toEqual(highest.toSorted((a, b) => a - b))
    expect(Number(own.at(-1)!.at)).toBe(order === 'start' ? 80e9 : 105e9)
  },
)
