/** Benchmark: false alarms and power of the gate's tests. Arguments: [runs] [seed] */
import { SLICES, testBudget } from '../../cli/gate/stats/budget.ts'
import { ALPHA } from '../../cli/gate/stats/levels.ts'
import { testPairs } from '../../cli/gate/stats/paired.ts'
import { logSample, quantile } from '../../cli/gate/stats/sample.ts'
import { testRun, testShift } from '../../cli/gate/stats/slower.ts'
import { testTail } from '../../cli/gate/stats/tail.ts'
import { bimodal, durations, type Random, seeded } from './random.ts'

const RUNS = Number(process.argv[2] ?? 4000)
const random = seeded(Number(process.argv[3] ?? 20_261_125))

/** The share of `runs` trials that alarm. */
function share(trial: () => boolean, runs = RUNS): number {
  let alarms = 0
  for (let i = 0; i < runs; i++) alarms += Number(trial())
  return alarms / runs
}

function print(name: string, value: number, target: string): void {
  console.log(`${name.padEnd(70)} ${`${(100 * value).toFixed(2)} %`.padStart(9)}   ${target}`)
}

/** Slices of one window, each slower or faster by its own factor; the limit is the true quantile. */
function window(n: number, noise: number, z: number) {
  const slices = Array.from({ length: SLICES }, () => {
    const shift = noise * random.normal()
    const calls = n / SLICES
    let exceeding = 0
    for (let i = 0; i < calls; i++) exceeding += Number(shift + 0.5 * random.normal() > z)
    return { calls, exceeding }
  })
  return { calls: n, exceeding: slices.reduce((sum, s) => sum + s.exceeding, 0), slices }
}

/** Where `allowed` of all calls exceed, when slices vary by `noise`. */
const limit = (noise: number, z: number) => z * Math.hypot(0.5, noise)

for (const noise of [0, 0.1, 0.2, 0.4]) {
  for (const n of [500, 1000, 5000]) {
    const at = limit(noise, 1.6448536)
    const alarms = share(() => testBudget(window(n, noise, at), 0.05).outcome === 'exceeded')
    print(`budget: false alarms, n = ${n}, slices vary by ${100 * noise} %`, alarms, '≤ 1.5 %')
  }
}
for (const noise of [0, 0.1]) {
  const at = limit(noise, 1.2815516)
  const seen = share(() => testBudget(window(500, noise, at), 0.05).outcome === 'exceeded')
  print(`budget: power at twice the share, n = 500, slices ${100 * noise} %`, seen, '≥ 90 %')
}

const shift = (sd: number, n: number, factor: number) => () =>
  testShift(logSample(durations(random, n, sd, factor)), logSample(durations(random, n, sd)), 0)
    .pValue <= ALPHA
print('slower: false alarms, n = 500, log-sd 0.5', share(shift(0.5, 500, 1)), '≤ 1 %')
print('slower: false alarms, n = 500, log-sd 1', share(shift(1, 500, 1)), '≤ 1 %')
print(
  'slower: power at +20 %, n = 500, log-sd 0.5',
  share(shift(0.5, 500, 1.2), RUNS / 4),
  '≥ 95 %',
)
smallestEffect()

for (const noise of [0.02, 0.05, 0.1]) {
  for (const n of [200, 1000]) {
    const name = `slower, five baseline runs: false alarms, n = ${n}, noise ${100 * noise} %`
    print(
      name,
      share(() => runs(n, noise, 1), RUNS / 4),
      noise <= 0.05 ? '≤ 1 %' : '',
    )
  }
}
print(
  'slower, five baseline runs: power at +50 %, n = 1000, noise 5 %',
  share(() => runs(1000, 0.05, 1.5), RUNS / 10),
  '',
)

const tail =
  (draw: (random: Random, n: number, factor?: number) => number[], factor: number) => () =>
    testTail(logSample(draw(random, 1000, factor)), logSample(draw(random, 1000)), 0.95, 0)
      .pValue <= ALPHA
const lognormal =
  (sd: number) =>
  (random: Random, n: number, factor = 1) =>
    durations(random, n, sd, factor)
for (const [shape, draw] of [
  ['log-sd 0.5', lognormal(0.5)],
  ['log-sd 1', lognormal(1)],
  ['3 % slow', bimodal],
] as const) {
  print(`tail: false alarms at p95, n = 1000, ${shape}`, share(tail(draw, 1)), '≤ 1 %')
  print(`tail: power at +50 %, n = 1000, ${shape}`, share(tail(draw, 1.5), RUNS / 4), '≥ 85 %')
}

for (const [noise, within] of [
  [0.26, 0.01],
  [0.1, 0.03],
] as const) {
  for (const [shape, draw] of [
    ['log-sd 0.5', lognormal(0.5)],
    ['3 % slow', bimodal],
  ] as const) {
    const name = `A/B, 20 blocks of 50, noise ${100 * noise} %, ${shape}`
    print(
      `${name}: false alarms`,
      share(() => pairs(draw, noise, within, 1)),
      '≤ 1.5 %',
    )
    print(
      `${name}: power at +20 %`,
      share(() => pairs(draw, noise, within, 1.2), RUNS / 4),
      '≥ 95 %',
    )
  }
}

// What the tests do not see, or would see without their guards.
for (const noise of [0.05, 0.1]) {
  for (const growth of [0.2, 0.5]) {
    const name = `slower, five baseline runs: power at +${100 * growth} %, n = 1000`
    const power = share(() => runs(1000, noise, 1 + growth), RUNS / 10)
    print(`${name}, noise ${100 * noise} %`, power, 'no goal')
  }
}
for (const tolerance of [0, 0.25]) {
  const alarms = share(() => oneRun(1000, 0.05, tolerance), RUNS / 4)
  const name = `slower, one baseline run: false alarms, n = 1000, noise 5 %`
  print(`${name}, tolerance ${100 * tolerance} %`, alarms, 'no goal')
}

function oneRun(n: number, noise: number, tolerance: number): boolean {
  const draw = () => logSample(bimodal(random, n, Math.exp(noise * random.normal())))
  return testShift(draw(), draw(), tolerance).pValue <= ALPHA
}

/** Mann–Whitney with 10 % tolerance on the pooled runs, and the run-level test: both must agree. */
function runs(n: number, noise: number, factor: number): boolean {
  const draw = (by: number) => bimodal(random, n, by * Math.exp(noise * random.normal()))
  const baseline = Array.from({ length: 5 }, () => draw(1))
  const current = logSample(draw(factor))
  return (
    testRun(current, baseline.map(logSample), 0.1).pValue <= ALPHA &&
    testShift(current, logSample(baseline.flat()), 0.1).pValue <= ALPHA
  )
}

function pairs(
  draw: (random: Random, n: number, factor?: number) => number[],
  noise: number,
  within: number,
  factor: number,
): boolean {
  const blocks = Array.from({ length: 20 }, () => {
    const machine = Math.exp(noise * random.normal())
    const half = (by: number) =>
      logSample(draw(random, 50, by * machine * Math.exp(within * random.normal())))
    return { base: half(1), head: half(factor) }
  })
  return testPairs(blocks, 0.5, 0).pValue <= ALPHA
}

/** The smallest effect that a verdict prints, beside the one that is seen in 95 % of simulations. */
function smallestEffect(): void {
  for (const sd of [0.5, 1]) {
    const printed = Array.from({ length: 200 }, () => {
      const [a, b] = [durations(random, 500, sd), durations(random, 500, sd)]
      return testShift(logSample(a), logSample(b), 0).smallest - 1
    })
    const simulated = simulatedEffect(sd)
    const [low, middle, high] = [0.05, 0.5, 0.95].map((p) =>
      quantile(
        printed.sort((a, b) => a - b),
        p,
      ),
    )
    print(
      `slower: smallest effect printed, n = 500, log-sd ${sd}`,
      middle!,
      `90 % of verdicts: ${(100 * low!).toFixed(1)} to ${(100 * high!).toFixed(1)} %`,
    )
    print(
      `slower: smallest effect simulated, n = 500, log-sd ${sd}`,
      simulated,
      'within a tenth of the printed',
    )
  }
}

function simulatedEffect(sd: number): number {
  // Each step simulates with the same random numbers, so that the power grows with the effect.
  const power = (growth: number) => {
    const own = seeded(7)
    return share(() => {
      const base = logSample(durations(own, 500, sd))
      return testShift(logSample(durations(own, 500, sd, 1 + growth)), base, 0).pValue <= ALPHA
    }, RUNS / 4)
  }
  let [low, high] = [0, 1]
  for (let i = 0; i < 8; i++) {
    const middle = (low + high) / 2
    if (power(middle) >= 0.95) high = middle
    else low = middle
  }
  return (low + high) / 2
}
